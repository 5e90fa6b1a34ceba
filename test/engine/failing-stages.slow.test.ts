import { expect, test } from 'vitest'
import { readName } from '../../core/collections/collection-rows.ts'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { NotFoundError, UnavailableError } from '../../core/errors.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { SegmentCache } from '../../core/segment/read/segment-cache.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange, ObjectStore } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { LeafTransport } from '../../core/transport/leaf-transport.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { shardOfId } from '../../core/version/routing.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

const TIMEOUT_MS = 2_000
/** How late a deadline may be noticed: see core/reading/deadlines.ts. */
const TICK_MS = 25
/** Slow for a store, but in time. */
const SLOW_MS = 40

const STAGES = ['head', 'manifest', 'footer', 'dictionary', 'postings', 'column', 'documents'] as const
type Stage = (typeof STAGES)[number]
const FAULTS = ['hangs', 'is slow', 'fails', 'is missing'] as const
type Fault = (typeof FAULTS)[number]

/** The error of a search in the only shard. */
const ERRORS = {
  hangs: { name: 'UnavailableError', code: 'shard_timeout' },
  fails: { name: 'UnavailableError', code: 'storage_unavailable' },
  'is missing': { name: 'CorruptDataError', code: 'object_lost' },
} as const

/** The head is a row, not an object. */
function errorOf(stage: Stage, fault: keyof typeof ERRORS): object {
  const { name, code } = ERRORS[fault]
  return { name, code: stage === 'head' && fault === 'is missing' ? 'head_lost' : code }
}

const REASONS = {
  hangs:
    /^no answer within (\d+ of )?\d+ ms, waiting for its (version|words and statistics|hits|documents); a larger partial_results_timeout_ms allows more$/,
  fails: /^a part of this deployment cannot be reached right now/,
  'is missing': /^stored data are damaged$/,
} as const

/**
 * Requests that need every kind of object. The order of hits does not depend on the missing statistics of a failed
 * shard.
 */
const REQUESTS: readonly SearchRequest[] = [
  { query: 'flow wzebra', fields: ['text'], filter: { year: { gte: 1900 } }, limit: 20, offset: 3 },
  { query: 'flow rare7', fields: ['text'], filter: { year: { gte: 1900 } }, sort: ['rank'], limit: 20 },
]

const worlds = new Map<number, ReturnType<typeof createWorld>>()
const worldOf = (shards: number) => {
  if (!worlds.has(shards)) worlds.set(shards, createWorld(shards))
  return worlds.get(shards)!
}

for (const stage of STAGES) {
  const cases = FAULTS.flatMap((fault) =>
    [1, 4].flatMap((n) => (['here', 'leaves'] as const).map((w) => [fault, n, w] as const)),
  )
  test.each(cases)(
    `the ${stage} of one shard %s: of %i shards the others answer in time (%s)`,
    async (fault, shards, where) => {
      const world = await worldOf(shards)
      for (const request of REQUESTS) {
        const { searching, faults, clock, engine } = world.search(request, { stage, fault, where })
        const whole = world.matches(request)
        if (fault !== 'is slow' && shards === 1) await expect(searching).rejects.toMatchObject(errorOf(stage, fault))
        else {
          const { hits, shards: report } = await searching
          const left = fault === 'is slow' ? whole : whole.filter((id) => shardOfId(id, shards) !== world.victim)
          expect(
            hits.map(({ id }) => id),
            JSON.stringify(request),
          ).toEqual(left.slice(request.offset ?? 0).slice(0, request.limit))
          expect(report.failures).toEqual(
            fault === 'is slow' ? [] : [{ shard: world.victim, reason: expect.stringMatching(REASONS[fault]) }],
          )
        }
        expect(faults()).toBeGreaterThan(0)
        expect(clock.monotonic()).toBeLessThanOrEqual(TIMEOUT_MS + TICK_MS)
        await engine.close()
      }
    },
  )
}

test('a leaf that never answers leaves time to read the documents that the other leaf found', async () => {
  const world = await worldOf(4)
  const hanging = ({ size, send }: LeafTransport): LeafTransport => {
    return { size, send: (leaf, ...rest) => (leaf === 0 ? new Promise(() => {}) : send(leaf, ...rest)) }
  }
  for (const request of REQUESTS) {
    const { searching, clock, engine } = world.search(request, {
      where: 'leaves',
      carry: hanging,
      stage: 'documents',
      fault: 'is slow',
    })
    const { hits, shards } = await searching
    const left = world.matches(request).filter((id) => shardOfId(id, 4) % 2 === 1)
    expect(hits.map(({ id }) => id)).toEqual(left.slice(request.offset ?? 0).slice(0, request.limit))
    expect(shards.failures.map(({ shard }) => shard)).toEqual([0, 2])
    expect(clock.monotonic()).toBeLessThanOrEqual(TIMEOUT_MS + TICK_MS)
    await engine.close()
  }
})

type Book = ReturnType<typeof book>

function book(i: number) {
  // Every document has as many words as the others, and some of them are the same.
  const words = Array.from({ length: 24 }, (_, k) => `w${(i * 7919 + k * 104_729) % 9_973}`)
  const flows = 1 + (i % 20)
  words.fill('flow', 0, flows)
  words[23] = `rare${i % 300}`
  return {
    id: `b${String(i).padStart(4, '0')}`,
    flows,
    text: words.join(' '),
    year: 1900 + (i % 97),
    rank: (i * 7919) % 9_973,
  }
}

type How = {
  readonly where: 'here' | 'leaves'
  readonly stage?: Stage
  readonly fault?: Fault
  /** The transport between the root and its leaves. */
  readonly carry?: (leaves: LeafTransport) => LeafTransport
}

/** A collection of large segments. Objects of one kind in its last shard can be made to fail. */
async function createWorld(shards: number) {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const writer = openMemoryEngine(places)
  await writer.createCollection('books', { shards })
  const books = Array.from({ length: BOOKS_PER_SHARD * shards }, (_, i) => book(i))
  const victim = shards - 1
  const fields = Object.fromEntries(Array.from({ length: FIELDS_MANY }, (_, f) => [`f${f}`, 'word']))
  const wide = new Set<Book>()
  for (const batch of [books.slice(0, -40), books.slice(-40)]) {
    for (let shard = 0; shard < shards; shard++) wide.add(batch.find(({ id }) => shardOfId(id, shards) === shard)!)
    await writer.writeDocuments(
      'books',
      batch.map((one) => (wide.has(one) ? { ...one, ...fields } : one)),
    )
  }
  await writer.settle()
  const stageOf = await classify(places, victim)
  return {
    victim,
    /** The ids of all hits of a request, in order. */
    matches: ({ sort }: SearchRequest) => books.toSorted(orderOf(sort)).map(({ id }) => id),
    /** Searches with nothing in memory. */
    search(request: SearchRequest, { stage, fault, where, carry = (leaves) => leaves }: How) {
      const clock = new ManualClock()
      let count = 0
      const meet = async <T>(stages: readonly Stage[], read: () => Promise<T>, missing: () => T): Promise<T> => {
        if (stage === undefined || !stages.includes(stage)) return read()
        count++
        if (fault === 'hangs') return new Promise(() => {})
        if (fault === 'fails') throw new UnavailableError('storage_unavailable', 'S3 answers 500')
        if (fault === 'is missing') return missing()
        await clock.sleep(SLOW_MS)
        return read()
      }
      const get: ObjectStore['get'] = (key, range) =>
        meet(
          stageOf(key, range),
          () => places.store.get(key, range),
          () => {
            throw new NotFoundError('object_not_found', `no object ${key}`)
          },
        )
      const store = Object.assign(Object.create(places.store) as ObjectStore, { get })
      const read: MemoryCoordination['read'] = (key, options) =>
        meet(
          key.pk.startsWith('shard#') && key.pk.endsWith(`#${victim}`) ? ['head'] : [],
          () => places.coordination.read(key, options),
          () => undefined,
        )
      const coordination = Object.assign(Object.create(places.coordination) as MemoryCoordination, { read })
      const leaves = where === 'leaves' && {
        leaves: carry(openMemoryLeaves(store, 2, [], clock)),
        fanOut: { mode: 'always' as const },
      }
      const engine = openMemoryEngine({ store, coordination, clock, ...leaves })
      const searching = clock.until(engine.search('books', { ...request, partial_results_timeout_ms: TIMEOUT_MS }))
      return { searching, clock, engine, faults: () => count }
    },
  }
}

/** The postings of a word are not in its dictionary block if this many documents of a segment have the word. */
const BOOKS_PER_SHARD = 1_150
/** Fields with totals so large that the manifest does not fit in the head. */
const FIELDS_MANY = 900

function orderOf(sort: SearchRequest['sort']): (a: Book, b: Book) => number {
  return sort === undefined ? (a, b) => b.flows - a.flows || (a.id < b.id ? -1 : 1) : (a, b) => a.rank - b.rank
}

const SECTIONS: Partial<Record<number, Stage>> = {
  [SectionKind.textTerms]: 'dictionary',
  [SectionKind.textPostings]: 'postings',
  [SectionKind.column]: 'column',
  [SectionKind.documents]: 'documents',
}

/** The stages of a search that need a range of an object of the victim. */
async function classify(places: { store: MemoryObjectStore; coordination: MemoryCoordination }, victim: number) {
  const uid = (await readName(places.coordination, 'books'))!.uid
  const ref = { uid, shard: victim }
  const { manifest } = await readHead(places, ref)
  const cache = new SegmentCache()
  const open = await Promise.all(manifest.segments.map((file) => cache.open(places.store, shardPrefix(ref), file)))
  return (key: string, range: ByteRange | undefined): readonly Stage[] => {
    if (key.startsWith(`${shardPrefix(ref)}manifests/`)) return ['manifest']
    const reader = open.find(({ source }) => source === key)
    if (reader === undefined) return []
    const { byteSize, footerSize } = reader.file
    if (range === undefined || range.end > byteSize - footerSize) return ['footer']
    const read = reader.footer.sections.filter(({ start, end }) => start < range.end && range.start < end)
    return read.flatMap(({ kind }) => SECTIONS[kind] ?? [])
  }
}
