import type { Readable } from 'node:stream'

export type Invocation = {
  readonly requestId: string
  /** The event, in JSON. */
  readonly payload: Uint8Array
}

/** What a caller is told of an invocation that failed. */
export type FunctionError = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace?: readonly string[]
}

/** What became of an invocation. */
export type Answer =
  | { readonly kind: 'payload'; readonly payload: Buffer }
  /** Known once the first byte is; `body` breaks off with an error if the function does not come to its end. */
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
  /** Ends the process, in the middle of it. */
  kill(): void
}

export type InvocationReport = {
  readonly functionName: string
  readonly requestId: string
  readonly pid: number | undefined
  /** Of a cold start: from the start of the process until it could be invoked. */
  readonly initMs?: number
  readonly durationMs: number
  readonly billedMs: number
  /** Of the process so far; undefined if it is gone. */
  readonly rssBytesMax: number | undefined
  readonly errorType?: string
}
