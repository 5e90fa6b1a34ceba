import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { directoriesOfPrefix, parseEntry, pathOfKey } from '../../core/storage/folder-path.ts'
import { OBJECT_KEY_BYTES_MAX } from '../../core/storage/object-key.ts'
import { systemRandom } from '../../core/system-random.ts'

const writer = fileURLToPath(new URL('put-forever.ts', import.meta.url))

/** Keys with a taste for slashes, dots, percent signs, long pieces and common beginnings. */
const anyKey = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '/', '.', '%', '-', '+', 'a', 'B', '\\', ' ', 'é', '\uff5e', '😀'),
      fc.constantFrom('a'.repeat(59), 'a'.repeat(60), 'a'.repeat(61), '😀'.repeat(60)),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))
  .filter((key) => Buffer.byteLength(key) <= OBJECT_KEY_BYTES_MAX)

test('what people look for is where they look', () => {
  expect(pathOfKey('c/u1/s/0/seg/17-abc.seg')).toEqual({
    directories: ['c', 'u1', 's', '0', 'seg'],
    file: '17-abc.seg',
  })
  expect(pathOfKey('manifests/3-xyz')).toEqual({ directories: ['manifests'], file: '3-xyz.%' })
})

test('every key has a place of its own, inside the folder, from which the key can be read', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const { directories, file } = pathOfKey(key)
      for (const name of [...directories, file]) {
        expect(name).not.toMatch(/^\.{0,2}$|[/\\]/)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      }
      const keyParts = [...directories.map((name) => parseEntry(name, true)!.keyPart), parseEntry(file, false)!.keyPart]
      expect(keyParts.join('')).toBe(key)
    }),
    { numRuns: 500 },
  )
})

test('the directories of a prefix are above every key with that prefix', () => {
  fc.assert(
    fc.property(anyKey, fc.nat(200), (key, length) => {
      const prefix = Array.from(key).slice(0, length).join('')
      const { directories, keyPart } = directoriesOfPrefix(prefix)
      expect(pathOfKey(key).directories.slice(0, directories.length)).toEqual(directories)
      expect(key.startsWith(keyPart)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('list equals sorting the keys by their bytes, whatever the keys', async () => {
  const inputs = fc.record({ keys: fc.uniqueArray(anyKey, { maxLength: 12 }), prefix: fc.nat(), after: fc.nat() })
  await fc.assert(
    fc.asyncProperty(inputs, async ({ keys, prefix, after }) => {
      const store = await openStore()
      for (const key of keys) await store.put(key, Buffer.from(key))
      const wantedPrefix = (keys[prefix % keys.length] ?? '').slice(0, prefix % 70).replace(/[\ud800-\udbff]$/, '')
      const wantedAfter = keys[after % keys.length] ?? ''

      const found: string[] = []
      for await (const { key } of store.list(wantedPrefix, wantedAfter)) found.push(key)

      const sorted = keys.filter((key) => key.startsWith(wantedPrefix)).sort(byBytes)
      expect(found).toEqual(sorted.filter((key) => byBytes(key, wantedAfter) > 0))
    }),
    { numRuns: 30 },
  )
})

test('files of others in the folder are no objects', async () => {
  const store = await openStore()
  await store.put('a/b', new Uint8Array(1))
  await writeFile(join(store.folder, '.DS_Store'), 'x')
  await mkdir(join(store.folder, '.git'))
  await writeFile(join(store.folder, '.git', 'x.seg'), 'x')

  expect(await keysOf(store)).toEqual(['a/b'])
})

test('a temporary file is no object, stays while it is young and goes when it is old', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prism-folder-'))
  const writing = join(folder, '.writing')
  await mkdir(writing)
  await writeFile(join(writing, 'young'), 'x')
  await writeFile(join(writing, 'old'), 'x')
  const twoHoursAgo = Date.now() / 1_000 - 7_200
  await utimes(join(writing, 'old'), twoHoursAgo, twoHoursAgo)

  const store = new FolderObjectStore(folder, systemRandom)
  await store.put('k', new Uint8Array(1))

  expect(await readdir(writing)).toEqual(['young'])
  expect(await keysOf(store)).toEqual(['k'])
})

test('a put leaves no temporary file, nor does one whose source breaks', async () => {
  const store = await openStore()
  const breaking = async function* () {
    yield new Uint8Array(3_000_000)
    throw new Error('the source broke')
  }

  await store.put('k', new Uint8Array(10))
  await expect(store.putStream('s', breaking())).rejects.toThrow('the source broke')

  expect(await readdir(join(store.folder, '.writing'))).toEqual([])
})

test('what the source of a stream throws is not taken for an error of this folder', async () => {
  const store = await openStore()

  const source = async function* () {
    yield await readFile('/no/such/source')
  }

  const putting = store.putStream('s', source())

  await expect(putting).rejects.toMatchObject({ code: 'ENOENT', path: '/no/such/source' })
})

test('reading and listing a folder that is not there finds nothing and makes nothing', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'prism-folder-')), 'not', 'there')
  const store = new FolderObjectStore(folder, systemRandom)

  expect(await keysOf(store)).toEqual([])
  await expect(store.get('k')).rejects.toMatchObject({ code: 'object_not_found' })
  await store.delete(['k'])

  await expect(stat(folder)).rejects.toThrow('ENOENT')
})

test('after somebody removed the folder a put says so, and the next one succeeds', async () => {
  const store = await openStore()
  await store.put('a/k', new Uint8Array(1))
  await rm(store.folder, { recursive: true })

  await expect(store.put('a/k2', new Uint8Array(1))).rejects.toMatchObject({ code: 'storage_unavailable' })
  await store.put('a/k2', new Uint8Array(1))

  expect(await keysOf(store)).toEqual(['a/k2'])
})

test('a writer killed at any moment leaves whole objects and those it was told of', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prism-folder-'))
  const store = new FolderObjectStore(folder, systemRandom)

  const writers = [0, 13, 31].map((runMs) =>
    killAfter(spawn(process.execPath, ['--import', 'tsx', writer, folder, `run${runMs}`]), runMs),
  )
  const told = (await Promise.all(writers)).flat()

  const keys = await keysOf(store)
  expect(keys).toEqual(expect.arrayContaining(told))
  for (const key of keys) {
    const bytes = await store.get(key)
    // Each object says in all of its bytes how long it has to be.
    expect([key, bytes.length]).toEqual([key, (bytes[0]! + 1) * 10_000])
    expect(Buffer.compare(bytes, Buffer.alloc(bytes.length, bytes[0]!))).toBe(0)
  }
})

async function openStore(): Promise<FolderObjectStore & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'prism-folder-'))
  return Object.assign(new FolderObjectStore(folder, systemRandom), { folder })
}

async function keysOf(store: FolderObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

/** Kills the process so long after its first line, and answers with its lines. */
async function killAfter(child: ChildProcess, runMs: number): Promise<string[]> {
  let output = ''
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), runMs)
      output += chunk.toString()
    })
    child.on('close', () => resolve())
  })
  expect(output).not.toBe('')
  // The last line may have been cut.
  return output.split('\n').slice(0, -1)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
