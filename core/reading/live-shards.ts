import type { ShardsReport } from '../contract/search-request.ts'
import { CorruptDataError, PrismError, UnavailableError } from '../errors.ts'
import { type MaybePromise, whenHere } from '../maybe-promise.ts'
import { isMissingObject } from '../storage/missing-object.ts'
import type { Deadlines, SetDeadline } from './deadlines.ts'

/** What of a search belongs to one shard. */
export type OfShard = { readonly shard: number }

/**
 * The shards that a search still counts on. Work is done on all of them side
 * by side, stage after stage, and a failure, or being late, costs only the shard it happened to.
 */
export class LiveShards {
  readonly #total: number
  readonly #failures = new Map<number, unknown>()
  readonly #deadlines: Deadlines
  readonly #deadline: SetDeadline

  constructor(total: number, deadlines: Deadlines, timeoutMs: number) {
    this.#total = total
    this.#deadlines = deadlines
    this.#deadline = deadlines.after(timeoutMs)
  }

  /** Lets go of the deadline. Call it when the search is over. */
  end(): void {
    this.#deadline.release()
  }

  /** Until shards that have not answered are given up. */
  remainingMs(): number {
    return this.#deadline.remainingMs()
  }

  fail(shard: number, error: unknown): void {
    if (!this.#failures.has(shard)) this.#failures.set(shard, error)
  }

  isLive(shard: number): boolean {
    return !this.#failures.has(shard)
  }

  get failures(): ReadonlyMap<number, unknown> {
    return this.#failures
  }

  /**
   * Does `work` on everything that belongs to a live shard.
   *
   * All wait for the slowest, so a stage that others follow may take half of the
   * time that is left: else one shard that hangs would leave none for the others.
   *
   * @returns the results of shards that are still live after it; at once if nothing had to be waited for
   */
  map<T extends OfShard, R>(
    parts: readonly T[],
    work: (part: T) => MaybePromise<R>,
    stage: 'last' | 'more_follow' = 'last',
  ): MaybePromise<R[]> {
    const live = parts.filter(({ shard }) => this.isLive(shard))
    const begun = live.map((part) => whenHere(part, work))
    if (!begun.some((result) => result instanceof Promise)) return begun as R[]
    return this.#wait(live, begun, stage)
  }

  async #wait<T extends OfShard, R>(
    live: readonly T[],
    begun: readonly MaybePromise<R>[],
    stage: 'last' | 'more_follow',
  ): Promise<R[]> {
    const deadline = stage === 'last' ? this.#deadline : this.#deadlines.after(this.remainingMs() / 2)
    try {
      const results = await Promise.all(begun.map((result, i) => this.#awaitOne(live[i]!, result, deadline)))
      return results.flatMap((result, i) => (this.isLive(live[i]!.shard) ? [result as R] : []))
    } finally {
      if (deadline !== this.#deadline) deadline.release()
    }
  }

  async #awaitOne<R>(
    { shard }: OfShard,
    begun: MaybePromise<R>,
    { passed, durationMs }: SetDeadline,
  ): Promise<R | undefined> {
    try {
      if (!(begun instanceof Promise)) return begun
      const outcome = await Promise.race([begun.then((result) => ({ result })), passed])
      if (outcome !== 'late') return outcome.result
      this.fail(shard, new UnavailableError('shard_timeout', `no answer within ${Math.round(durationMs)} ms`))
    } catch (error) {
      this.fail(shard, error)
    }
    return undefined
  }

  report(): ShardsReport {
    const failed = this.#failures.size
    const failures = Array.from(this.#failures, ([shard, error]) => ({ shard, reason: reasonOf(error) }))
    failures.sort((a, b) => a.shard - b.shard)
    return { total: this.#total, successful: this.#total - failed, failed, failures }
  }
}

/** What is wrong with stored bytes is for the operator, by way of the log: keys and offsets mean nothing to a client. */
function reasonOf(error: unknown): string {
  if (error instanceof CorruptDataError || isMissingObject(error)) return 'stored data are damaged'
  return error instanceof PrismError ? error.message : 'internal error'
}
