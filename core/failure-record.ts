/** A failure in the form in which servers and functions log it, as a line of JSON. */
export type FailureRecord = {
  /** Warnings wake nobody. */
  readonly level: 'warning' | 'error'
  /** The request, or `background`. */
  readonly request: string
  readonly request_id: string | undefined
  readonly code: unknown
  /** With the stack, if it helps to find the cause. */
  readonly error: string
  readonly details: unknown
}

/** Describes an error for the operator, with what clients do not see. */
export function failureRecord(request: string, error: unknown, requestId?: string): FailureRecord {
  const { code, details } = error as { code?: unknown; details?: unknown }
  // A late shard needs no stack: its message says what was waited for.
  const level = code === 'shard_timeout' ? 'warning' : 'error'
  const text = error instanceof Error ? (level === 'error' && error.stack) || error.message : String(error)
  return { level, request, request_id: requestId, code, error: text, details }
}
