import type { Readable } from 'node:stream'

export type Invocation = {
  readonly requestId: string
  /** The event as JSON. */
  readonly payload: Uint8Array
}

/** The error of a failed invocation, as callers see it. */
export type FunctionError = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace?: readonly string[]
}

/** The result of an invocation. */
export type Answer =
  | { readonly kind: 'payload'; readonly payload: Buffer }
  /** Known at the first byte. `body` fails with an error if the function does not complete. */
  | { readonly kind: 'stream'; readonly contentType: string; readonly body: Readable }
  | { readonly kind: 'error'; readonly error: FunctionError }

/** The service did not run the function at all. */
export type Refusal = {
  readonly kind: 'refused'
  readonly status: 413 | 429
  readonly errorType: string
  readonly message: string
}

export type StartedInvocation = Invocation & {
  readonly pid: number
  /** Ends the process during the invocation. */
  kill(): void
}

export type InvocationReport = {
  readonly functionName: string
  readonly requestId: string
  readonly pid: number | undefined
  /** For a cold start: the time from the start of the process until it could be invoked. */
  readonly initMs?: number
  readonly durationMs: number
  readonly billedMs: number
  /** Peak memory of the process so far; undefined if the process has ended. */
  readonly rssBytesMax: number | undefined
  readonly errorType?: string
}
