import type { Clock, MonotonicMs } from '../clock.ts'

/** Milliseconds without a new sign of life, on the observer's clock, after which a process may be considered gone. */
export const LEASE_MS = 30_000

/**
 * Measures how long a sign of life has not changed, on the monotonic clock of this process: from the reply that first
 * showed the sign to the request that shows it now. Clocks of different machines are never compared.
 */
export class Standstill {
  readonly #clock: Clock
  #seen: { readonly sign: string; readonly sinceMs: MonotonicMs } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Notes the sign that a read has just returned.
   *
   * @param sentMs when the read was sent
   * @returns milliseconds that the sign has certainly not changed; 0 for a new sign
   */
  note(sign: string, sentMs: MonotonicMs): number {
    if (this.#seen?.sign === sign) return Math.max(0, sentMs - this.#seen.sinceMs)
    this.#seen = { sign, sinceMs: this.#clock.monotonic() }
    return 0
  }

  /** Forgets the sign, so the measurement starts again. */
  forget(): void {
    this.#seen = undefined
  }
}
