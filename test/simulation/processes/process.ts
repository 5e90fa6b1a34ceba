import type { Clock, EpochMs, MonotonicMs } from '../../../core/clock.ts'
import type { Chance } from './chance.ts'
import { storeTime } from './observed-places.ts'
import type { Scheduler } from './scheduler.ts'

/** Longer than any time that core waits for: leases, caches, timeouts, the hour after which deletions are called off. */
const STALLS_MS = [100, 2_000, 60_000, 2 * 3_600_000, 12 * 3_600_000]
const SKEW_MS_MAX = 3 * 3_600_000
/** A monotonic clock may be so much too fast, or as much too slow. */
export const CLOCK_RATE_MAX = 1.25
const RATES = [1, 1, CLOCK_RATE_MAX, 1 / CLOCK_RATE_MAX]
/** Far beyond any real one: what must not depend on it is held against it. */
export const WILD_RATES = [1, 1, 0.3, 3]

/**
 * A process as the machine treats it: it runs until it crashes, may be stopped for
 * hours, and its clocks are its own. Nothing reaches one that has crashed; what
 * reaches one that is stopped waits until it goes on.
 */
export class SimProcess implements Clock {
  readonly name: string
  readonly #scheduler: Scheduler
  readonly #chance: Chance
  readonly #startedMs: number
  #isAlive = true
  #stalledUntilMs = 0
  /** Time that its monotonic clock did not see, as a frozen virtual machine's. */
  #frozenMs = 0
  #skewMs: number
  /** Milliseconds of its monotonic clock in one. */
  readonly #rate: number
  readonly #onCrash: () => void

  constructor(name: string, scheduler: Scheduler, chance: Chance, onCrash: () => void, rates = RATES) {
    this.name = name
    this.#scheduler = scheduler
    this.#chance = chance
    this.#startedMs = scheduler.nowMs
    this.#skewMs = (chance.random.number() * 2 - 1) * SKEW_MS_MAX
    this.#rate = chance.oneOf(rates)
    this.#onCrash = onCrash
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Whether its monotonic clock has stood still. */
  get hasBeenFrozen(): boolean {
    return this.#frozenMs > 0
  }

  now(): EpochMs {
    return storeTime(this.#scheduler.nowMs + this.#skewMs)
  }

  monotonic(): MonotonicMs {
    return (this.#scheduler.nowMs - this.#startedMs - this.#frozenMs) * this.#rate
  }

  /** How long a time really was that its monotonic clock measured, unless it stood still. */
  realMs(measuredMs: number): number {
    return measuredMs / this.#rate
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const giveUp = () => reject(signal!.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#scheduler.after(this.realMs(durationMs), () => {
        signal?.removeEventListener('abort', giveUp)
        this.reach(resolve)
      })
    })
  }

  /** Lets a reply or the end of a sleep reach the process, now or when it goes on. */
  reach(action: () => void): void {
    if (!this.#isAlive) return
    const waitMs = this.#stalledUntilMs - this.#scheduler.nowMs
    if (waitMs > 0) this.#scheduler.after(waitMs, () => this.reach(action))
    else action()
  }

  /** It is gone at once: what it has sent may still arrive, nothing that it waits for does. */
  crash(): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#scheduler.log(() => `${this.name} CRASHES`)
    this.#onCrash()
  }

  /** It stands still for a while; its wall clock may have been set anew when it goes on. */
  stall(): void {
    if (this.#stalledUntilMs > this.#scheduler.nowMs) return
    const durationMs = this.#chance.oneOf(STALLS_MS) * (0.5 + this.#chance.random.number())
    const isFrozen = this.#chance.happens(0.3)
    this.#stalledUntilMs = this.#scheduler.nowMs + durationMs
    if (isFrozen) this.#frozenMs += durationMs
    if (this.#chance.happens(0.3)) this.#skewMs = (this.#chance.random.number() * 2 - 1) * SKEW_MS_MAX
    this.#scheduler.log(() => `${this.name} STALLS for ${durationMs.toFixed(0)} ms${isFrozen ? ', frozen' : ''}`)
  }
}
