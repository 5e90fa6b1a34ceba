import { beforeAll, expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { DiskCache } from '../../core/storage/disk/disk-cache.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openMemoryEngine } from './memory-engine.ts'

const WORDS = 'the sea wolf hunts a whale in wind and waves while captains sleep below running decks'.split(' ')
const SCHEMA = {
  fields: { body: { type: 'text' }, kind: { type: 'keyword' }, year: { type: 'integer' } },
} as const

/** Flips one bit of the answer with the given number. */
class FlippingStore extends MemoryObjectStore {
  answers = 0
  /** The answers among them that the engine's cache keeps. */
  ofSegments = 0
  flipAt = -1
  readonly asked: { readonly key: string; readonly range: ByteRange | undefined }[] = []
  readonly #random = seededRandom(7)

  override async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const bytes = await super.get(key, range)
    this.asked.push({ key, range })
    if (key.endsWith('.seg')) this.ofSegments++
    if (this.answers++ === this.flipAt && bytes.length > 0) {
      bytes[Math.floor(this.#random.number() * bytes.length)]! ^= 1 << Math.floor(this.#random.number() * 8)
    }
    return bytes
  }
}

const store = new FlippingStore(systemClock)
const coordination = new MemoryCoordination()

/** A segment that is read in parts and one that is read whole, both with deleted documents. */
beforeAll(async () => {
  const engine = openMemoryEngine({ store, coordination })
  await engine.createCollection('books', { schema: SCHEMA })
  await engine.writeDocuments('books', documents(0, 2_000))
  await engine.writeDocuments('books', documents(2_000, 2_020))
  await engine.deleteDocuments('books', { ids: ['d0007', 'd2003'] })
  await engine.close()
})

test('one bad response to any request of any search changes no answer, then or later', async () => {
  const { answer: expected, requests } = await askWith(-1)
  expect(requests).toBeGreaterThan(20)

  for (let n = 0; n < requests; n++) {
    const { answer, again, laterOfSegments } = await askWith(n)
    expect(answer, `bad answer ${n}`).toEqual(expected)
    expect(again, `after bad answer ${n}`).toEqual(expected)
    // The repeated read is cached like any other, so no request stays slow.
    expect(laterOfSegments, `long after bad answer ${n}`).toBe(0)
  }
})

test('a bad response is removed from the disk cache, so it does not survive a restart', async () => {
  const { requests } = await askWith(-1)
  const folder = await temporaryFolder()
  let found = 0

  for (let n = 0; n < requests; n += 5) {
    store.asked.length = 0
    const disk = openDisk(`${folder}/${n}`)
    await askWith(n, disk)
    await disk.settle()
    const reopened = openDisk(`${folder}/${n}`)
    for (const { key, range } of [...store.asked]) {
      const bytes = await reopened.find(key, range)
      if (bytes === undefined) continue
      found++
      expect(Buffer.compare(bytes, await store.get(key, range))).toBe(0)
    }
    await reopened.close()
    await disk.close()
  }
  expect(found).toBeGreaterThan(requests)
})

test('a damaged object is an error that names it, until the object is restored', async () => {
  const expected = (await askWith(-1)).answer
  const keys: string[] = []
  for await (const { key } of store.list('c/')) if (key.endsWith('.seg')) keys.push(key)
  expect(keys.length).toBe(2)

  for (const key of keys) {
    const sound = await store.get(key)
    const engine = openMemoryEngine({ store, coordination })
    await store.put(
      key,
      Uint8Array.from(sound, (byte, i) => (i < sound.length - 2_000 ? byte ^ 1 : byte)),
    )
    await expect(ask(engine)).rejects.toMatchObject({
      name: 'CorruptDataError',
      message: expect.stringContaining(key) as string,
    })
    await store.put(key, sound)
    expect(await ask(engine)).toEqual(expected)
    await engine.close()
  }
})

/**
 * Sends all requests to an engine with empty caches, while response number `flipAt` has a flipped bit; then repeats
 * them.
 */
async function askWith(flipAt: number, secondLevel?: DiskCache) {
  const engine = openMemoryEngine({ store, coordination, ...(secondLevel && { secondLevel }) })
  store.answers = 0
  store.flipAt = flipAt
  try {
    const answer = await ask(engine)
    const requests = store.answers
    store.flipAt = -1
    const again = await ask(engine)
    store.ofSegments = 0
    await ask(engine)
    return { answer, again, requests, laterOfSegments: store.ofSegments }
  } finally {
    store.flipAt = -1
    await engine.close()
  }
}

/** Sends one kind of request after another, so the requests have the same numbers each time. */
async function ask(engine: Engine): Promise<unknown> {
  const answers: unknown[] = []
  for (const request of [
    { query: 'whale' },
    { query: '"sea wolf"' },
    { query: 'capt*' },
    { query: 'word17 whael~' },
    { filter: { kind: { eq: 'wolf' } }, sort: ['-year'] },
    { filter: { year: { gte: 1990 } }, limit: 5 },
  ]) {
    const { hits, total } = await engine.search('books', request)
    answers.push({ hits, total })
  }
  answers.push(await engine.getDocuments('books', ['d0001', 'd0007', 'd1500', 'd2001', 'd2003']))
  return JSON.parse(JSON.stringify(answers)) as unknown
}

function openDisk(folder: string): DiskCache {
  return new DiskCache({ folder, bytesMax: 100_000_000 })
}

function documents(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => document(from + i))
}

function document(i: number) {
  const words = Array.from({ length: 30 }, (_, w) => WORDS[(i * 7 + w) % WORDS.length]!)
  return {
    id: `d${String(i).padStart(4, '0')}`,
    body: `word${i % 400} ${words.join(' ')}`,
    kind: WORDS[i % 3]!,
    year: 1900 + (i % 100),
  }
}
