import type { Change, Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { TimeLimit } from '../../core/time-limit.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { encodePending, pickSlot, slotName } from '../../core/version/pending.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { type GroupOutcome, writeGroup } from '../../core/writing/write-group.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

type Reply = 'written' | 'refused'

/** What happens to a process's requests to the head's row. */
export type Meetings = {
  /** Replaces the request that leaves its entry. */
  readonly onEntry?: (write: () => Promise<Reply>) => Promise<Reply>
  /** Replaces the request that commits, after two lost races. */
  readonly onCommit?: (write: () => Promise<Reply>) => Promise<Reply>
  readonly timeLimit?: TimeLimit
  /** Faults of all its requests. */
  readonly plan?: RequestPlan
}

/** A shard, and processes that first lose two races to a rival. */
export async function openContended() {
  const clock = new TurnClock()
  const stores = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination() }
  const components = testComponents({ ...stores, clock, seed: 1 })
  const ref = await createTestShard(components)
  let processes = 1
  let rivals = 0
  const open = (): TestComponents => testComponents({ ...stores, clock, random: seededRandom(100 + processes++) })
  const write = (process: TestComponents, operations: readonly Operation[]): Promise<GroupOutcome> =>
    writeGroup(process, ref, { schema: testSchema, operations }, { onBuilt: () => undefined, previous: noHead })
  const writeAsRival = () => write(open(), [put(`rival-${rivals++}`)])

  /** A write that loses two races, and then meets what the test prepared. */
  const writeContended = (operations: readonly Operation[], meetings: Meetings = {}) => {
    let commits = 0
    const { plan, timeLimit } = meetings
    const calm = open()
    const process = plan
      ? {
          ...calm,
          store: new FaultyObjectStore(calm.store, plan),
          coordination: new FaultyCoordination(calm.coordination, plan),
        }
      : calm
    const coordination = intercepting(process.coordination, async (change, request) => {
      if (isEntry(change)) return meetings.onEntry ? meetings.onEntry(request) : request()
      commits++
      if (commits > 2) return meetings.onCommit ? meetings.onCommit(request) : request()
      await writeAsRival()
      return request()
    })
    return write({ ...process, coordination, ...(timeLimit && { timeLimit }) }, operations)
  }

  /** Leaves an entry whose writer is gone before a commit folds the entry. */
  const leaveBehind = async (operations: readonly Operation[]) => {
    const gone = new Promise<never>(() => undefined)
    void writeContended(operations, { onCommit: () => gone })
    while ((await readHead(components, ref)).pending.length === 0) await clock.sleep(1)
  }
  return { components, ref, clock, open, write, writeAsRival, writeContended, leaveBehind }
}

export type Contended = Awaited<ReturnType<typeof openContended>>

/** An entry that deletes one document. */
export function deletionOf(id: string): Uint8Array {
  return encodePending({ id: `entry of ${id}`, base: 1, ids: [id], isPut: [false], file: undefined })
}

/** Leaves an entry that deletes one document, without a writer that waits. */
export async function leaveDeletion({ components, ref }: Contended, id: string): Promise<void> {
  const slot = pickSlot((await readHead(components, ref)).pending, components.random)!
  await components.coordination.write(headKey(ref), { set: { [slotName(slot)]: deletionOf(id) } }, [])
}

/** Raises the GC floor, as garbage collection does first. */
export async function setFloor({ components, ref }: Contended, gcFloor: number): Promise<void> {
  await components.coordination.write(headKey(ref), { set: { gcFloor } }, [])
}

const noHead = Promise.resolve(undefined)

function isEntry({ set = {} }: Change): boolean {
  return Object.keys(set).some((name) => /^pending\d+$/.test(name))
}

function intercepting(
  base: Coordination,
  onWrite: (change: Change, request: () => Promise<Reply>) => Promise<Reply>,
): Coordination {
  return {
    read: (key, options) => base.read(key, options),
    write: (key, change, conditions) => onWrite(change, () => base.write(key, change, conditions)),
    delete: (key, conditions) => base.delete(key, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
}
