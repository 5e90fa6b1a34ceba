import { MERGES_OF_FUNCTIONS, planCompaction } from '../../core/compaction/plan-compaction.ts'
import type { Coordination, Row } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings, Shards } from '../../core/engine/shards.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { TimeLimit } from '../../core/time-limit.ts'
import type { Collection } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

/** Documents of a large segment, and how many of them are deleted to make it worth rewriting. */
const DOCUMENTS = 12
const WORN = 6

export type ProcessOptions = ShardSettings & {
  readonly plan?: RequestPlan
  readonly timeLimit?: TimeLimit
  readonly seed?: number
}

type Stores = {
  readonly store: MemoryObjectStore
  readonly coordination: MemoryCoordination
  readonly clock: TurnClock
}

export type World = Stores & {
  readonly collection: Collection
  process(options?: ProcessOptions): Shards
}

let prepared: Promise<{ stores: Stores; collection: Collection }> | undefined

/** A collection of one shard with three segments of more than a megabyte, and processes that share only stored data. */
export async function createWornWorld(): Promise<World> {
  prepared ??= prepare()
  const { stores, collection } = await prepared
  const copy = await copyOf(stores, collection.uid)
  return { ...copy, collection, process: (options) => openProcess(copy, options) }
}

/** Deletes so many documents of large segment 0, 1 or 2 that it is worth rewriting. */
export async function wearOut(shards: Shards, { collection }: World, segment: number): Promise<void> {
  await shards.deleteDocuments(collection, idsOf(segment).slice(0, WORN))
}

/** Reads a shard's newest version and tells whether it has segments worth merging. */
export async function wantsMerge(world: World): Promise<boolean> {
  const { segments } = (await readHead(world, refOf(world))).manifest
  return planCompaction(segments, MERGES_OF_FUNCTIONS) !== undefined
}

/** Checks that all promises of the newest version hold, and returns its ids. */
export async function liveIds(world: World): Promise<Set<string>> {
  return new Set((await auditShard(world, refOf(world))).documents.keys())
}

export async function workRows({ coordination }: { readonly coordination: Coordination }): Promise<string[]> {
  return (await rowsOf(coordination, 'work')).map(({ sk }) => sk)
}

export function refOf({ collection }: World) {
  return { uid: collection.uid, shard: 0 }
}

async function prepare() {
  const clock = new TurnClock()
  const stores = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination(), clock }
  const shards = openProcess(stores, { seed: 1 })
  const collection = await shards.createCollection('books', { schema: testSchema, shardCount: 1, settings: {} })
  const random = seededRandom(7)
  for (const segment of [0, 1, 2]) {
    const documents = idsOf(segment).map((id) => ({ id, title: manyWords(random.name) }))
    await shards.writeDocuments(collection, documents)
  }
  await shards.settle()
  return { stores, collection }
}

function openProcess(stores: Stores, { plan, timeLimit, seed = 2, ...settings }: ProcessOptions = {}): Shards {
  const { store, coordination, clock } = stores
  const faulty = plan && {
    store: new FaultyObjectStore(store, plan),
    coordination: new FaultyCoordination(coordination, plan),
  }
  const components = testComponents({ store, coordination, ...faulty, clock, seed })
  return openShards({ ...components, analyzers, ...(timeLimit && { timeLimit }) }, { workerCount: 0, ...settings })
}

async function copyOf({ store, coordination }: Stores, uid: string): Promise<Stores> {
  const clock = new TurnClock()
  const copy = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination(), clock }
  for await (const { key } of store.list('')) await copy.store.put(key, await store.get(key))
  for (const pk of ['names', `collection#${uid}`, `shard#${uid}#0`]) {
    for (const row of await rowsOf(coordination, pk)) await copy.coordination.write(row, { set: row.attributes }, [])
  }
  return copy
}

async function rowsOf(coordination: Coordination, pk: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of coordination.query(pk, '', { consistent: true })) rows.push(row)
  return rows
}

function idsOf(segment: number): string[] {
  return Array.from({ length: DOCUMENTS }, (_, i) => `s${segment}-${i}`)
}

/** A text that hardly compresses, with few words so that it is indexed quickly. */
function manyWords(name: () => string): string {
  return Array.from({ length: 20 }, () => Array.from({ length: 150 }, name).join('')).join(' ')
}
