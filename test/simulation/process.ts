import type { Clock, EpochMs, MonotonicMs } from '../../core/clock.ts'
import type { Chance } from './chance.ts'
import type { Scheduler } from './scheduler.ts'

/** Longer than any time that core waits for: leases, caches, timeouts, the hour after which deletions are called off. */
const STALLS_MS = [100, 2_000, 60_000, 2 * 3_600_000, 12 * 3_600_000]
const SKEW_MS_MAX = 3 * 3_600_000

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
  readonly #onCrash: () => void

  constructor(name: string, scheduler: Scheduler, chance: Chance, onCrash: () => void) {
    this.name = name
    this.#scheduler = scheduler
    this.#chance = chance
    this.#startedMs = scheduler.nowMs
    this.#skewMs = (chance.random.number() * 2 - 1) * SKEW_MS_MAX
    this.#onCrash = onCrash
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Whether its monotonic clock has run all the time. */
  get hasBeenFrozen(): boolean {
    return this.#frozenMs > 0
  }

  now(): EpochMs {
    return Math.round(Date.UTC(2026, 0, 1) + this.#scheduler.nowMs + this.#skewMs)
  }

  monotonic(): MonotonicMs {
    return this.#scheduler.nowMs - this.#startedMs - this.#frozenMs
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      this.#scheduler.after(durationMs, () => this.reach(wake))
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
