import type { Clock, MonotonicMs } from '../clock.ts'

/** Whoever shows no new sign of life for so long, by the clock of whoever looks, may be taken for gone. */
export const LEASE_MS = 30_000

/**
 * How long a sign of life has not changed, as far as one process can know by its own monotonic clock: from the
 * reply that showed it first to the request that shows it now. Clocks of different machines are never compared.
 */
export class Standstill {
  readonly #clock: Clock
  #seen: { readonly sign: string; readonly sinceMs: MonotonicMs } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes note of what a read has just shown.
   *
   * @param sentMs when that read was sent
   * @returns milliseconds for which the sign is known to have stood; 0 for a new one
   */
  note(sign: string, sentMs: MonotonicMs): number {
    if (this.#seen?.sign === sign) return Math.max(0, sentMs - this.#seen.sinceMs)
    this.#seen = { sign, sinceMs: this.#clock.monotonic() }
    return 0
  }

  /** Begins anew. */
  forget(): void {
    this.#seen = undefined
  }
}
