/** Writes one line of JSON to the function's log. */
export function log(level: 'info' | 'error', what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ level, ...what }))
}

/** Logs what clients do not see, for those who run the deployment. */
export function logFailure(request: string, error: unknown, requestId?: string): void {
  const { code, details } = error as { code?: unknown; details?: unknown }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('error', { request, request_id: requestId, code, error: text, details })
}
