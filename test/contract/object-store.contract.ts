import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError, NotFoundError } from '../../core/errors.ts'
import type { ByteRange, ListedObject, ObjectStore } from '../../core/storage/object-store.ts'

/** Keys with a special meaning in file systems, URLs or XML. */
const AWKWARD_KEYS = [
  'a',
  'a/b',
  'a/b/c',
  'a//b',
  'a/b/',
  'a.tmp',
  'A',
  '.hidden',
  '..',
  '../../escape',
  './x',
  'x/../y',
  '/absolute',
  'sp ace + plus',
  'per%cent%2Fslash',
  'quest?ion&amp;#hash',
  '<"xml\'>',
  'ünïcode/日本',
  'tilde\uff5e',
  'emoji😀',
  'con',
  'a\\b:c*d|e',
  `long/${'x'.repeat(600)}`,
  `long/${'x'.repeat(600)}/${'y'.repeat(400)}`,
  'z'.repeat(1_024),
  '\u00e9'.repeat(512),
]

/** What {@link describeObjectStore} may skip, because a vendor is known to differ. */
export type ObjectStoreQuirks = { readonly keysNotHeld?: readonly string[] }

/**
 * The contract of {@link ObjectStore}, which every implementation must pass.
 *
 * @param open gives a store without objects
 */
export function describeObjectStore(
  name: string,
  open: () => Promise<ObjectStore>,
  quirks: ObjectStoreQuirks = {},
): void {
  const awkwardKeys = AWKWARD_KEYS.filter((key) => !quirks.keysNotHeld?.includes(key))

  describe(`ObjectStore contract: ${name}`, () => {
    test('get of a missing key throws NotFoundError', async () => {
      const store = await open()
      await store.put('a/b', bytes('x'))

      for (const key of ['missing', 'a', 'a/', 'a/b/', 'a/b/c', 'x/y']) {
        await expect(store.get(key)).rejects.toThrow(NotFoundError)
        await expect(store.get(key, { start: 0, end: 10 })).rejects.toThrow(NotFoundError)
        await expect(store.get(key, { start: 0, end: 0 })).rejects.toThrow(NotFoundError)
      }
      await expect(store.get('missing')).rejects.toMatchObject({ code: 'object_not_found' })
    })

    test('an object is read as it was put', async () => {
      const store = await open()
      const body = pattern(100_000)

      await store.put('c/u1/s/0/seg/1-abc.seg', body)

      expect(digest(await store.get('c/u1/s/0/seg/1-abc.seg'))).toBe(digest(body))
    })

    test('an empty object is an object', async () => {
      const store = await open()

      await store.put('empty', new Uint8Array(0))

      expect(await get(store, 'empty')).toBe('')
      expect(await get(store, 'empty', { start: 0, end: 5 })).toBe('')
      expect(await list(store, '')).toMatchObject([{ key: 'empty', byteSize: 0 }])
    })

    test('a range is half-open and ends with the object', async () => {
      const store = await open()
      await store.put('k', bytes('abcdef'))

      expect(await get(store, 'k', { start: 1, end: 3 })).toBe('bc')
      expect(await get(store, 'k', { start: 0, end: 6 })).toBe('abcdef')
      expect(await get(store, 'k', { start: 4, end: 100 })).toBe('ef')
      expect(await get(store, 'k', { start: 5, end: Number.MAX_SAFE_INTEGER })).toBe('f')
    })

    test('a range is empty if it has no length, or begins at or beyond the end', async () => {
      const store = await open()
      await store.put('k', bytes('abcdef'))

      expect(await get(store, 'k', { start: 6, end: 10 })).toBe('')
      expect(await get(store, 'k', { start: 1_000, end: 1_010 })).toBe('')
      expect(await get(store, 'k', { start: 3, end: 3 })).toBe('')
    })

    test('bytes begin at an offset that is aligned for every typed array', async () => {
      const store = await open()
      await store.put('k', pattern(64))

      for (const range of [undefined, { start: 1, end: 33 }, { start: 7, end: 9 }]) {
        expect((await store.get('k', range)).byteOffset % 8).toBe(0)
      }
    })

    test('later changes to the caller’s bytes do not affect the object', async () => {
      const store = await open()
      const body = bytes('abc')

      await store.put('k', body)
      body[0] = 0

      expect(await get(store, 'k')).toBe('abc')
    })

    test('the same key with the same bytes may be put again', async () => {
      const store = await open()

      await Promise.all([store.put('k', bytes('same')), store.put('k', bytes('same'))])
      await store.put('k', bytes('same'))

      expect(await get(store, 'k')).toBe('same')
      expect(await list(store, '')).toHaveLength(1)
    })

    test('many objects may be put and read at once', async () => {
      const store = await open()
      const names = Array.from({ length: 50 }, (_, i) => `dir${i % 7}/${i}`)

      await Promise.all(names.map((name) => store.put(name, bytes(name))))

      expect(await Promise.all(names.map((name) => get(store, name)))).toEqual(names)
    })

    test('awkward keys are ordinary keys', async () => {
      const store = await open()

      for (const key of awkwardKeys) await store.put(key, bytes(`at ${key}`))

      for (const key of awkwardKeys) expect(await get(store, key)).toBe(`at ${key}`)
      expect((await list(store, '')).map((object) => object.key)).toEqual(sortByBytes(awkwardKeys))
      for (const prefix of ['a', 'a/', 'a/b', 'long/xxx', 'z', '\u00e9', '..', './', 'nothing']) {
        const expected = sortByBytes(awkwardKeys.filter((key) => key.startsWith(prefix)))
        expect((await list(store, prefix)).map((object) => object.key)).toEqual(expected)
      }
      await store.delete(awkwardKeys)
      expect(await list(store, '')).toEqual([])
    })

    test('keys that some back end cannot store are refused', async () => {
      const store = await open()

      for (const key of ['', 'x'.repeat(1_025), 'a\u0000b', 'line\nbreak', '\ud800']) {
        await expect(store.put(key, bytes('x'))).rejects.toThrow(InvalidRequestError)
        await expect(store.putStream(key, chunked(bytes('x'), 1))).rejects.toThrow(InvalidRequestError)
      }
      expect(await list(store, '')).toEqual([])
    })

    test('list is in byte order, bounded by prefix and strictly after the cursor', async () => {
      const store = await open()
      const keys = ['a-b', 'a/1', 'a/10', 'a/2', 'a/2/x', 'a/2-x', 'a0', 'b/1', 'a/é', 'a/\uff5e', 'a/😀']
      for (const key of keys) await store.put(key, bytes(key))
      const sorted = sortByBytes(keys)

      for (const prefix of ['', 'a', 'a/', 'a/2', 'b', 'c']) {
        for (const after of [undefined, '', 'a', 'a/1', 'a/2', 'a/2/', 'a/2/x', 'a/3', 'a/😀', 'b/1', 'zz']) {
          const expected = sorted.filter((key) => key.startsWith(prefix) && isAfter(key, after))
          const found = await list(store, prefix, after)
          expect([prefix, after, found.map((object) => object.key)]).toEqual([prefix, after, expected])
        }
      }
    })

    test('list returns the size and a modification time of about now', async () => {
      const store = await open()
      const before = Date.now()

      await store.put('k', bytes('12345'))

      const [object] = await list(store, '')
      expect(object).toMatchObject({ key: 'k', byteSize: 5 })
      // Stores report whole seconds, and their clocks differ from ours.
      expect(Math.abs(object!.modifiedMs - before)).toBeLessThan(60_000)
    })

    test('list reads more than a thousand objects in pages, and can be stopped early', async () => {
      const store = await open()
      const keys = Array.from({ length: 1_005 }, (_, i) => `p/${String(i).padStart(5, '0')}`)
      for (let i = 0; i < keys.length; i += 67) {
        await Promise.all(keys.slice(i, i + 67).map((key) => store.put(key, bytes('x'))))
      }

      expect((await list(store, 'p/')).map((object) => object.key)).toEqual(keys)
      for await (const object of store.list('p/', keys[500])) {
        expect(object.key).toBe(keys[501])
        break
      }
      await store.delete(keys)
      expect(await list(store, 'p/')).toEqual([])
    })

    test('delete is idempotent and keeps other objects', async () => {
      const store = await open()
      await store.put('k', bytes('x'))
      await store.put('k2', bytes('y'))

      await store.delete([])
      await store.delete(['k', 'never there', 'k/never'])
      await store.delete(['k'])

      await expect(store.get('k')).rejects.toThrow(NotFoundError)
      expect(await get(store, 'k2')).toBe('y')
    })

    test.each([0, 1, 1_000_000, 8 * 1024 * 1024, 20_000_001])('a stream of %i bytes is stored whole', async (size) => {
      const store = await open()
      const body = pattern(size)

      expect(await store.putStream('streamed', chunked(body, 700_001))).toBe(size)

      expect(digest(await store.get('streamed'))).toBe(digest(body))
      expect(await list(store, '')).toMatchObject([{ key: 'streamed', byteSize: size }])
    })

    test('a stream may reuse the memory of its chunks', async () => {
      const store = await open()
      const reused = async function* () {
        const chunk = new Uint8Array(1_000)
        for (let i = 0; i < 10; i++) yield chunk.fill(i)
      }

      await store.putStream('k', reused())

      const stored = await store.get('k')
      expect(Array.from({ length: 10 }, (_, i) => stored[i * 1_000])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    test.each([1_000, 20_000_000])('a stream that breaks after %i bytes stores nothing', async (size) => {
      const store = await open()
      const breaking = async function* () {
        yield* chunked(pattern(size), 1_000_000)
        throw new Error('the source broke')
      }

      await expect(store.putStream('broken', breaking())).rejects.toThrow('the source broke')

      await expect(store.get('broken')).rejects.toThrow(NotFoundError)
      expect(await list(store, '')).toEqual([])
    })
  })
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

async function get(store: ObjectStore, key: string, range?: ByteRange): Promise<string> {
  return new TextDecoder().decode(await store.get(key, range))
}

async function list(store: ObjectStore, prefix: string, after?: string): Promise<ListedObject[]> {
  const found: ListedObject[] = []
  for await (const object of store.list(prefix, after)) found.push(object)
  return found
}

function pattern(byteSize: number): Uint8Array {
  const body = new Uint8Array(byteSize)
  for (let i = 0; i < byteSize; i++) body[i] = (i * 2_654_435_761) >>> 24
  return body
}

async function* chunked(body: Uint8Array, chunkSize: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < body.length; i += chunkSize) yield body.subarray(i, i + chunkSize)
}

function digest(body: Uint8Array): string {
  return `${body.byteLength} ${createHash('sha256').update(body).digest('hex')}`
}

function sortByBytes(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function isAfter(key: string, after: string | undefined): boolean {
  return after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0
}
