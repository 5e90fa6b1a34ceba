import type { ShardsReport } from '../contract/search-request.ts'
import type { MemoryAllowance } from '../memory-allowance.ts'
import { publicError } from '../public-error.ts'
import { carryOut, Needs, type Plan, stepsOf } from '../segment/format/read-plan.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { RequestTurns } from '../time-slice.ts'
import { beforeDeadline, type Deadlines, type NamedDeadline, shardTimeout } from './deadlines.ts'
import { RequestBudget } from './request-budget.ts'

/** The share of a search's time that is reserved for reading the documents of the page. */
const LAST_STAGE_SHARE = 0.1

/** A part of a search's work that belongs to one shard. */
export type ShardPart = { readonly shard: number }

/**
 * How much time a stage of a search leaves to later stages: half of the remaining time (`more_follow`), the time for
 * reading the documents of the page (`collect`), the time for replacing documents that failed (`fetch`), or none
 * (`last`).
 */
export type Stage = 'more_follow' | 'collect' | 'fetch' | 'last'

/** The share of a search's time that a stage leaves to later stages. */
const RESERVED_SHARE = { collect: LAST_STAGE_SHARE, fetch: LAST_STAGE_SHARE / 2, last: 0 } as const

/** What each stage waits for, in messages. */
const WAITED_FOR = {
  more_follow: 'its words and statistics',
  collect: 'its hits',
  fetch: 'its documents',
  last: 'its documents',
} as const

/**
 * The shards that have not failed during a search. Each stage of the search works on all live shards in parallel. A
 * failure or a timeout removes only its own shard.
 */
export class LiveShards {
  readonly #total: number
  readonly #failures = new Map<number, unknown>()
  readonly #deadlines: Deadlines
  readonly #deadline: NamedDeadline
  readonly #setting: string | undefined
  readonly #budget: RequestBudget
  readonly #turns: RequestTurns
  readonly #signal: AbortSignal | undefined
  #isOver = false

  /**
   * @param timeoutMs shards that have not answered after this time fail
   * @param signal aborts the search when nobody waits for its answer: its work and its waits then end, and throw the
   * reason
   * @param budget shared by all searches of a request
   * @param setting the name of the setting that gives a search more time, for messages
   */
  constructor(
    total: number,
    deadlines: Deadlines,
    timeoutMs: number,
    {
      signal,
      budget = new RequestBudget(),
      setting,
    }: {
      readonly signal?: AbortSignal | undefined
      readonly budget?: RequestBudget
      readonly setting?: string | undefined
    } = {},
  ) {
    this.#total = total
    this.#signal = signal
    this.#deadlines = deadlines
    this.#setting = setting
    this.#deadline = { ...deadlines.after(timeoutMs, signal), late: () => this.#late(WAITED_FOR.last) }
    this.#budget = budget
    this.#turns = budget.turnsOf(deadlines)
  }

  /**
   * Runs the steps of one shard's work on this thread if the shard is live. Other requests get turns between the steps.
   * The shard fails if the work has not ended by the deadline.
   *
   * @returns undefined if the shard is not live, or fails
   */
  async run<R>(shard: number, steps: Generator<void, R>): Promise<R | undefined> {
    if (!this.isLive(shard)) return undefined
    try {
      return await this.#take(steps, () => {
        this.#checkNeeded(shard)
        if (this.timeOf('collect') === 0) throw this.#late(WAITED_FOR.collect)
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

  /** @throws if the work on a shard is no longer needed */
  #checkNeeded(shard: number): void {
    this.#checkSearch()
    if (!this.isLive(shard)) throw this.#late(WAITED_FOR.collect)
  }

  /** @throws if nobody waits for the search, or its budget is used up */
  #checkSearch(): void {
    this.#signal?.throwIfAborted()
    this.#budget.checkTime()
    if (this.#isOver || this.remainingMs() === 0) throw this.#late(WAITED_FOR.collect)
  }

  /**
   * Runs steps that belong to no shard.
   *
   * @throws {UnavailableError} 'shard_timeout' once the search has no time left
   * @throws {LimitExceededError} 'budget_exceeded'
   */
  takeSteps<R>(steps: Generator<void, R>): Promise<R> {
    return this.#take(steps, () => this.#checkSearch())
  }

  /** The memory that the search may still allocate. */
  get memory(): MemoryAllowance {
    return this.#budget.memory
  }

  /** @throws the reason if the whole search is aborted */
  #failUnlessAborted(shard: number, error: unknown): void {
    this.#signal?.throwIfAborted()
    this.fail(shard, error)
  }

  /** Releases the deadline and stops the work for late shards. Call this when the search is over. */
  end(): void {
    this.#isOver = true
    this.#deadline.release()
  }

  /** Does work that keeps to a deadline by itself: half of the remaining time, because other stages follow. */
  async firstHalf<R>(work: (deadline: NamedDeadline) => Promise<R>): Promise<R> {
    const deadline = this.#part(this.remainingMs() / 2, 'its version')
    try {
      const result = await work(deadline)
      this.#signal?.throwIfAborted()
      return result
    } finally {
      deadline.release()
    }
  }

  /** A deadline for a part of the search's time. */
  #part(durationMs: number, waitedFor: string): NamedDeadline {
    return { ...this.#deadlines.after(durationMs, this.#signal), late: () => this.#late(waitedFor, durationMs) }
  }

  #late(waitedFor: string, durationMs = this.#deadline.durationMs) {
    return shardTimeout({ waitedFor, durationMs, limitMs: this.#deadline.durationMs, setting: this.#setting })
  }

  /** Time until shards that have not answered fail. */
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
   * Carries out a plan for every part of a live shard, in parallel; a plan that reads nothing ends at once. A late or
   * failed plan fails its own shard only, as in {@link map}.
   */
  read<T extends ShardPart, R>(
    store: ObjectStore,
    parts: readonly T[],
    planOf: (part: T) => Plan<R>,
    stage: Stage = 'last',
  ): Promise<R[]> {
    const work = (part: T): R | Promise<R> => {
      const check = () => this.#checkNeeded(part.shard)
      const goOn = (plan: Plan<R>) => carryOut(store, plan, (steps) => this.#take(steps, check))
      const steps = stepsOf(() => planOf(part))
      const ended = this.#turns.begin(steps)
      if (ended === undefined) return this.#turns.finish(steps, check).then(goOn)
      return ended.value instanceof Needs ? goOn(ended.value) : ended.value
    }
    return this.map(parts, work, stage)
  }

  /**
   * Does `work` on every part of a live shard.
   *
   * A stage waits for its slowest shard, so it leaves time to later stages: otherwise one hanging shard would use up
   * the time of all.
   *
   * @returns the results of the shards that are still live afterwards
   */
  async map<T extends ShardPart, R>(
    parts: readonly T[],
    work: (part: T) => R | Promise<R>,
    stage: Stage = 'last',
  ): Promise<R[]> {
    const live = parts.filter(({ shard }) => this.isLive(shard))
    const begun = live.map((part) => this.#begin(part, work))
    const results = begun.some((one) => one instanceof Promise) ? await this.#awaitAll(live, begun, stage) : begun
    return results.filter((_, i) => this.isLive(live[i]!.shard)) as R[]
  }

  #begin<T extends ShardPart, R>(part: T, work: (part: T) => R | Promise<R>): R | Promise<R> | undefined {
    try {
      return work(part)
    } catch (error) {
      this.fail(part.shard, error)
      return undefined
    }
  }

  async #awaitAll(live: readonly ShardPart[], begun: readonly unknown[], stage: Stage): Promise<unknown[]> {
    const waitUntil = (deadline: NamedDeadline) =>
      Promise.all(begun.map((one, i) => (one instanceof Promise ? this.#awaitOne(live[i]!, one, deadline) : one)))
    if (stage === 'last') return waitUntil(this.#deadline)
    const deadline = this.#part(this.timeOf(stage), WAITED_FOR[stage])
    try {
      return await waitUntil(deadline)
    } finally {
      deadline.release()
    }
  }

  async #awaitOne({ shard }: ShardPart, begun: Promise<unknown>, deadline: NamedDeadline): Promise<unknown> {
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
