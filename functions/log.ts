/** Writes a line of JSON to the log of the function. */
export function log(level: 'info' | 'error', what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ level, ...what }))
}

/** Logs the details of an error, which clients do not see, for operators. */
export function logFailure(request: string, error: unknown, requestId?: string): void {
  const { code, details } = error as { code?: unknown; details?: unknown }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('error', { request, request_id: requestId, code, error: text, details })
}
