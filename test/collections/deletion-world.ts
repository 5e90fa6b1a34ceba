import type { Coordination, Row } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings, Shards } from '../../core/engine/shards.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import type { TimeLimit } from '../../core/time-limit.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

const SHARDS = 3

export type ProcessOptions = ShardSettings & {
  readonly plan?: RequestPlan
  readonly timeLimit?: TimeLimit
  readonly coordination?: Coordination
  readonly seed?: number
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** Two collections of three shards with documents, and processes that share only the stores. */
export async function createWorld() {
  const clock = new TurnClock()
  const store = new MemoryObjectStore(clock)
  const coordination = new MemoryCoordination()

  const process = ({ plan, timeLimit, seed = 2, ...options }: ProcessOptions = {}): Shards => {
    const { coordination: rows = coordination, ...settings } = options
    const stores = {
      store: plan ? new FaultyObjectStore(store, plan) : store,
      coordination: plan ? new FaultyCoordination(rows, plan) : rows,
    }
    const components = { ...testComponents({ ...stores, clock, seed }), analyzers, ...(timeLimit && { timeLimit }) }
    return openShards(components, { workerCount: 0, ...settings })
  }

  const maker = process({ seed: 1 })
  const uids: Record<string, string> = {}
  for (const name of ['books', 'others']) {
    const collection = await maker.createCollection(name, { schema: testSchema, shardCount: SHARDS, settings: {} })
    const documents = Array.from({ length: 12 }, (_, i) => ({ id: `d${i}`, title: `title ${i}`, [`new_${name}`]: i }))
    await maker.writeDocuments(collection, documents)
    uids[name] = collection.uid
  }
  await maker.settle()
  return { clock, store, coordination, process, books: uids.books!, others: uids.others! }
}

/** All possible rows of a collection, and the keys of its objects. */
export async function everythingOf(
  { store, coordination }: { readonly store: ObjectStore; readonly coordination: Coordination },
  uid: string,
): Promise<{ rows: Row[]; keys: string[] }> {
  const partitions = [`collection#${uid}`, ...Array.from({ length: SHARDS }, (_, shard) => `shard#${uid}#${shard}`)]
  const rows: Row[] = []
  for (const pk of partitions) rows.push(...(await rowsOf(coordination, pk)))
  for (const row of await rowsOf(coordination, 'names')) if (row.attributes.uid === uid) rows.push(row)
  const keys: string[] = []
  for await (const { key } of store.list(`c/${uid}/`)) keys.push(key)
  return { rows, keys }
}

export const NOTHING = { rows: [], keys: [] }

/** The unfinished deletions. */
export function workRows({ coordination }: { readonly coordination: Coordination }): Promise<Row[]> {
  return rowsOf(coordination, 'work')
}

async function rowsOf(coordination: Coordination, pk: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of coordination.query(pk, '', { consistent: true })) rows.push(row)
  return rows
}
