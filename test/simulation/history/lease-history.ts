import type { Attributes } from '../../../core/coordination/coordination.ts'
import { LEASE_MS } from '../../../core/coordination/standstill.ts'
import { CLOCK_RATE_MAX } from '../processes/process.ts'
import type { Scheduler } from '../processes/scheduler.ts'
import { fail } from './known-shard.ts'

/** One state of the lease's row. */
type Terms = {
  readonly epoch: number
  readonly beat: number
  readonly holder: string | undefined
  readonly atStep: number
  readonly atMs: number
}

/**
 * The row of the one process that does the upkeep, in all its states, and who was told what of it:
 *
 * - epochs rise by one, and none has two holders;
 * - it is taken from a holder only as it was {@link LEASE_MS} before, by the clock of whoever takes it;
 * - whoever is told that it holds an epoch does so at some moment between its call and the answer.
 */
export class LeaseHistory {
  readonly #scheduler: Scheduler
  readonly #terms: Terms[] = []
  /** Names of holders and of processes that believed to be one, by epoch. */
  readonly #believers = new Map<number, string>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get newestEpoch(): number {
    return this.#terms.at(-1)?.epoch ?? 0
  }

  saw(row: Attributes | undefined): void {
    if (!row) fail('the row of the lease is gone')
    const { epoch, beat, holder } = row as { epoch: number; beat: number; holder: string | undefined }
    const { step: atStep, nowMs: atMs } = this.#scheduler
    const before = this.#terms.at(-1)
    if (before && epoch === before.epoch) {
      if (holder !== undefined && holder !== before.holder) {
        fail(`epoch ${epoch} of the lease is held by ${holder}, and was by ${before.holder}`)
      }
    } else {
      if (epoch !== (before?.epoch ?? 0) + 1) fail(`epoch ${epoch} of the lease follows epoch ${before?.epoch ?? 0}`)
      if (before?.holder !== undefined) this.#takenFrom(before)
      this.#scheduler.log(() => `LEASE of epoch ${epoch} taken`)
    }
    this.#terms.push({ epoch, beat, holder, atStep, atMs })
  }

  #takenFrom({ epoch, beat, holder }: Terms): void {
    const first = this.#terms.find((one) => one.epoch === epoch && one.beat === beat && one.holder === holder)!
    const agoMs = this.#scheduler.nowMs - first.atMs
    if (agoMs * CLOCK_RATE_MAX < LEASE_MS) fail(`the lease was taken from ${holder}, which renewed it ${agoMs} ms ago`)
  }

  /** A process was told that it holds the lease. */
  believed(processName: string, epoch: number, fromStep: number): void {
    const other = this.#believers.get(epoch) ?? processName
    if (other !== processName) fail(`${processName} holds epoch ${epoch} of the lease, and so did ${other}`)
    this.#believers.set(epoch, processName)
    const first = this.#terms.findIndex((one) => one.epoch === epoch)
    const next = this.#terms.find((one) => one.epoch > epoch)
    if (first < 0 || (next && next.atStep < fromStep)) {
      fail(`${processName} was told since step ${fromStep} that it holds epoch ${epoch}, which was over`)
    }
  }
}
