/** Milliseconds since 1970-01-01T00:00Z, for showing and storing. */
export type EpochMs = number

/** Milliseconds since a fixed moment of this process; never goes back. For measuring. */
export type MonotonicMs = number

/**
 * The only source of time in `core/`. Durations, leases and deadlines use the monotonic
 * time, because wall-clock time jumps.
 */
export interface Clock {
  now(): EpochMs
  monotonic(): MonotonicMs
  /** Resolves after `durationMs`; rejects with the signal's reason if aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}
