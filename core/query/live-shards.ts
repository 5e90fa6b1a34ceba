import { PrismError, UnavailableError } from '../errors.ts'
import type { Deadlines, SetDeadline } from './deadlines.ts'
import type { ShardsReport } from './search-request.ts'

/** What of a search belongs to one shard. */
export type OfShard = { readonly shard: number }

/**
 * The shards that a search still counts on. Work is done on all of them side
 * by side, and a failure, or being late, costs only the shard it happened to.
 */
export class LiveShards {
  readonly #total: number
  readonly #failures = new Map<number, unknown>()
  readonly #deadline: SetDeadline
  readonly #timeoutMs: number

  constructor(total: number, deadlines: Deadlines, timeoutMs: number) {
    this.#total = total
    this.#timeoutMs = timeoutMs
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

  /** Does `work` on everything that belongs to a live shard. @returns the results of shards that are still live after it */
  async map<T extends OfShard, R>(parts: readonly T[], work: (part: T) => Promise<R>): Promise<R[]> {
    const live = parts.filter(({ shard }) => this.isLive(shard))
    const results = await Promise.all(live.map((part) => this.#attempt(part, work)))
    return results.flatMap((result, i) => (this.isLive(live[i]!.shard) ? [result as R] : []))
  }

  async #attempt<T extends OfShard, R>(part: T, work: (part: T) => Promise<R>): Promise<R | undefined> {
    try {
      const outcome = await Promise.race([work(part).then((result) => ({ result })), this.#deadline.passed])
      if (outcome !== 'late') return outcome.result
      this.fail(part.shard, new UnavailableError('shard_timeout', `no answer within ${this.#timeoutMs} ms`))
    } catch (error) {
      this.fail(part.shard, error)
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

function reasonOf(error: unknown): string {
  return error instanceof PrismError ? error.message : 'internal error'
}
