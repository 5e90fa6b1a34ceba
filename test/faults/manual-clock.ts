import type { Clock, EpochMs, MonotonicMs } from '../../core/clock.ts'

type Sleeper = { readonly wakeAt: MonotonicMs; readonly wake: () => void }

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: EpochMs
  #monotonicMs: MonotonicMs = 0
  #sleepers: Sleeper[] = []

  constructor(startMs: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): EpochMs {
    return this.#nowMs
  }

  monotonic(): MonotonicMs {
    return this.#monotonicMs
  }

  /** Number of sleepers. A test polls it to wait until code sleeps. */
  get sleeperCount(): number {
    return this.#sleepers.length
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleeper = { wakeAt: this.#monotonicMs + durationMs, wake }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', onAbort)
    })
  }

  /** Advances both times and wakes sleepers in the order of their times. Each runs before the next wakes. */
  async advance(durationMs: number): Promise<void> {
    const until = this.#monotonicMs + durationMs
    while (true) {
      await runCallbacks()
      const due = this.#sleepers.filter((s) => s.wakeAt <= until).sort((a, b) => a.wakeAt - b.wakeAt)[0]
      if (due === undefined) break
      this.#moveTo(Math.max(due.wakeAt, this.#monotonicMs))
      this.#sleepers = this.#sleepers.filter((other) => other !== due)
      due.wake()
    }
    this.#moveTo(until)
    await runCallbacks()
  }

  /** Advances time, millisecond by millisecond, until a promise settles. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const end = () => {
      isDone = true
    }
    work.then(end, end)
    while (!isDone) await this.advance(1)
    return work
  }

  /** Sets only the wall clock, as an administrator or NTP would. */
  jump(durationMs: number): void {
    this.#nowMs += durationMs
  }

  #moveTo(monotonicMs: MonotonicMs): void {
    this.#nowMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}

function runCallbacks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
