import type { ShardsReport } from '../contract/search-request.ts'
import type { MemoryAllowance } from '../memory-allowance.ts'
import { publicError } from '../public-error.ts'
import { carryOut, Needs, type Plan, stepsOf } from '../segment/format/read-plan.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { RequestTurns } from '../time-slice.ts'
import { beforeDeadline, type Deadlines, type SetDeadline, shardTimeout } from './deadlines.ts'
import { RequestBudget } from './request-budget.ts'

/** Of the time of a search, what reading the page's documents has to itself. */
const LAST_STAGE_SHARE = 0.1

/** What of a search belongs to one shard. */
export type OfShard = { readonly shard: number }

/**
 * How much time a stage of a search leaves to those that follow: half of what is left (`more_follow`), what reading the
 * page's documents has to itself (`collect`), what reading others in the place of failed ones takes (`fetch`), or nothing.
 */
export type Stage = 'more_follow' | 'collect' | 'fetch' | 'last'

/** Of the time of a search. */
const RESERVED_SHARE = { collect: LAST_STAGE_SHARE, fetch: LAST_STAGE_SHARE / 2, last: 0 } as const

/**
 * The shards that a search still counts on. Work is done on all of them side
 * by side, stage after stage, and a failure, or being late, costs only the shard it happened to.
 */
export class LiveShards {
  readonly #total: number
  readonly #failures = new Map<number, unknown>()
  readonly #deadlines: Deadlines
  readonly #deadline: SetDeadline
  readonly #budget: RequestBudget
  readonly #turns: RequestTurns
  readonly #signal: AbortSignal | undefined
  #isOver = false

  /**
   * @param timeoutMs after which shards that have not answered are given up
   * @param signal aborted once nobody waits for the answer: {@link run} throws its reason then
   * @param budget shared by all searches of one request
   */
  constructor(
    total: number,
    deadlines: Deadlines,
    timeoutMs: number,
    {
      signal,
      budget = new RequestBudget(),
    }: { readonly signal?: AbortSignal | undefined; readonly budget?: RequestBudget } = {},
  ) {
    this.#total = total
    this.#signal = signal
    this.#deadlines = deadlines
    this.#deadline = deadlines.after(timeoutMs)
    this.#budget = budget
    this.#turns = budget.turnsOf(deadlines)
  }

  /**
   * Runs the steps of one shard's work on this thread, if the shard is live; other requests get their turns in between.
   * Work that goes on until the deadline makes the shard late.
   *
   * @returns undefined if the shard is not live, or no longer
   */
  async run<R>(shard: number, steps: Generator<void, R>): Promise<R | undefined> {
    if (!this.isLive(shard)) return undefined
    try {
      return await this.#take(steps, () => {
        this.#checkWanted(shard)
        if (this.timeOf('collect') === 0) throw shardTimeout(this.#deadline.durationMs)
      })
    } catch (error) {
      this.#failUnlessAborted(shard, error)
      return undefined
    }
  }

  async #take<R>(steps: Generator<void, R>, check: () => void): Promise<R> {
    const ended = this.#turns.begin(steps)
    return ended === undefined ? this.#turns.finish(steps, check) : ended.value
  }

  /** @throws if nobody waits for what is done on a shard */
  #checkWanted(shard: number): void {
    this.#checkSearch()
    if (!this.isLive(shard)) throw shardTimeout(this.#deadline.durationMs)
  }

  /** @throws if nobody waits for the search, or it has used what it may */
  #checkSearch(): void {
    this.#signal?.throwIfAborted()
    this.#budget.checkTime()
    if (this.#isOver || this.remainingMs() === 0) throw shardTimeout(this.#deadline.durationMs)
  }

  /**
   * Takes steps that belong to no shard.
   *
   * @throws {UnavailableError} 'shard_timeout' once the search has no time left
   * @throws {LimitExceededError} 'budget_exceeded'
   */
  takeSteps<R>(steps: Generator<void, R>): Promise<R> {
    return this.#take(steps, () => this.#checkSearch())
  }

  /** What the search may still hold. */
  get memory(): MemoryAllowance {
    return this.#budget.memory
  }

  /** @throws what it is given if the whole search is aborted */
  #failUnlessAborted(shard: number, error: unknown): void {
    if (this.#signal?.aborted) throw error
    this.fail(shard, error)
  }

  /** Lets go of the deadline, and ends what is still done for late shards. Call it when the search is over. */
  end(): void {
    this.#isOver = true
    this.#deadline.release()
  }

  /** Does work that other stages follow, and that keeps to a deadline by itself: half of the time that is left. */
  async firstHalf<R>(work: (deadline: SetDeadline) => Promise<R>): Promise<R> {
    const deadline = this.#deadlines.after(this.remainingMs() / 2)
    try {
      return await work(deadline)
    } finally {
      deadline.release()
    }
  }

  /** Until shards that have not answered are given up. */
  remainingMs(): number {
    return this.#deadline.remainingMs()
  }

  /** How long a stage that begins now may take. */
  timeOf(stage: Stage): number {
    if (stage === 'more_follow') return this.remainingMs() / 2
    return Math.max(0, this.remainingMs() - this.#deadline.durationMs * RESERVED_SHARE[stage])
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
   * Carries out a plan for everything that belongs to a live shard, side by side; at once where nothing has to be read.
   * Late and failing ones cost their shard alone, as in {@link map}.
   */
  read<T extends OfShard, R>(
    store: ObjectStore,
    parts: readonly T[],
    planOf: (part: T) => Plan<R>,
    stage: Stage = 'last',
  ): Promise<R[]> {
    const work = (part: T): R | Promise<R> => {
      const check = () => this.#checkWanted(part.shard)
      const goOn = (plan: Plan<R>) => carryOut(store, plan, (steps) => this.#take(steps, check))
      const steps = stepsOf(() => planOf(part))
      const ended = this.#turns.begin(steps)
      if (ended === undefined) return this.#turns.finish(steps, check).then(goOn)
      return ended.value instanceof Needs ? goOn(ended.value) : ended.value
    }
    return this.map(parts, work, stage)
  }

  /**
   * Does `work` on everything that belongs to a live shard.
   *
   * All wait for the slowest, so a stage that others follow may take half of the
   * time that is left: else one shard that hangs would leave none for the others.
   *
   * @returns the results of shards that are still live after it
   */
  async map<T extends OfShard, R>(
    parts: readonly T[],
    work: (part: T) => R | Promise<R>,
    stage: Stage = 'last',
  ): Promise<R[]> {
    const live = parts.filter(({ shard }) => this.isLive(shard))
    const begun = live.map((part) => this.#begin(part, work))
    const results = begun.some((one) => one instanceof Promise) ? await this.#awaitAll(live, begun, stage) : begun
    return results.filter((_, i) => this.isLive(live[i]!.shard)) as R[]
  }

  #begin<T extends OfShard, R>(part: T, work: (part: T) => R | Promise<R>): R | Promise<R> | undefined {
    try {
      return work(part)
    } catch (error) {
      this.fail(part.shard, error)
      return undefined
    }
  }

  async #awaitAll(live: readonly OfShard[], begun: readonly unknown[], stage: Stage): Promise<unknown[]> {
    const waitUntil = (deadline: SetDeadline) =>
      Promise.all(begun.map((one, i) => (one instanceof Promise ? this.#awaitOne(live[i]!, one, deadline) : one)))
    if (stage === 'last') return waitUntil(this.#deadline)
    const deadline = this.#deadlines.after(this.timeOf(stage))
    try {
      return await waitUntil(
        stage === 'more_follow' ? deadline : { ...deadline, durationMs: this.#deadline.durationMs },
      )
    } finally {
      deadline.release()
    }
  }

  async #awaitOne({ shard }: OfShard, begun: Promise<unknown>, deadline: SetDeadline): Promise<unknown> {
    try {
      return await beforeDeadline(deadline, begun)
    } catch (error) {
      this.#failUnlessAborted(shard, error)
      return undefined
    }
  }

  report(): ShardsReport {
    const failed = this.#failures.size
    const failures = Array.from(this.#failures, ([shard, error]) => ({ shard, reason: publicError(error).message }))
    failures.sort((a, b) => a.shard - b.shard)
    return { total: this.#total, successful: this.#total - failed, failed, failures }
  }
}
