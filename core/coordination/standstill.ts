import type { Clock, MonotonicMs } from '../clock.ts'

/** A process that shows no new sign of life for so long, by the observer's clock, may be taken for gone. */
export const LEASE_MS = 30_000

/**
 * How long a sign of life has not changed, by the monotonic clock of this process: from the reply that first showed it to
 * the request that shows it now. Clocks of different machines are never compared.
 */
export class Standstill {
  readonly #clock: Clock
  #seen: { readonly sign: string; readonly sinceMs: MonotonicMs } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Notes what a read has just shown.
   *
   * @param sentMs when that read was sent
   * @returns milliseconds for which the sign is known to have stood; 0 for a new one
   */
  note(sign: string, sentMs: MonotonicMs): number {
    if (this.#seen?.sign === sign) return Math.max(0, sentMs - this.#seen.sinceMs)
    this.#seen = { sign, sinceMs: this.#clock.monotonic() }
    return 0
  }

  /** Begins again. */
  forget(): void {
    this.#seen = undefined
  }
}
