import type { EpochMs } from '../../../core/clock.ts'
import type { Change, Condition, RowKey } from '../../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../../core/storage/memory-object-store.ts'
import type { Scheduler } from './scheduler.ts'

/** The rows there are, and which were touched since somebody looked. */
export class ObservedRows extends MemoryCoordination {
  touched: RowKey[] = []

  override write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    this.touched.push(key)
    return super.write(key, change, conditions)
  }

  override delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    this.touched.push(key)
    return super.delete(key, conditions)
  }
}

/** The objects there are, and which were deleted since somebody looked. */
export class ObservedObjects extends MemoryObjectStore {
  deleted: string[] = []
  /** Those that a late duplicate of their upload made look newer than they are. */
  readonly uploadedAgain = new Set<string>()

  constructor(scheduler: Scheduler) {
    super({ now: () => storeTime(scheduler.nowMs) })
  }

  override async put(key: string, body: Uint8Array): Promise<void> {
    const isThere = await super.get(key, { start: 0, end: 0 }).then(
      () => true,
      () => false,
    )
    if (isThere) this.uploadedAgain.add(key)
    return super.put(key, body)
  }

  override delete(keys: readonly string[]): Promise<void> {
    this.deleted.push(...keys)
    return super.delete(keys)
  }
}

/** What the store's clock says at a moment of the simulation. It is right, and goes by whole milliseconds. */
export function storeTime(simulatedMs: number): EpochMs {
  return Date.UTC(2026, 0, 1) + Math.round(simulatedMs)
}
