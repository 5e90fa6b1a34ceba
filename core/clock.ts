/** Milliseconds since 1970-01-01T00:00Z, for showing and storing. */
export type EpochMs = number

/** Milliseconds since some fixed moment of this process; never goes back. For measuring. */
export type MonotonicMs = number

/**
 * The only source of time in `core/`. Wall-clock and monotonic time are apart
 * because the first jumps: durations, leases and deadlines use the second.
 */
export interface Clock {
  now(): EpochMs
  monotonic(): MonotonicMs
  /** Resolves after `durationMs`; rejects with the signal's reason if aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}
