/** Writes one line of JSON to the function's log. */
export function log(level: 'info' | 'error', what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ level, ...what }))
}

/** What clients are not told, for whoever runs the deployment. */
export function logFailure(request: string, error: unknown): void {
  const { code, details } = error as { code?: unknown; details?: unknown }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('error', { request, code, error: text, details })
}
