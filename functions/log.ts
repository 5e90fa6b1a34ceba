import { failureRecord } from '../core/failure-record.ts'

/** Writes a line of JSON to the log of the function. */
export function log(level: 'info' | 'warning' | 'error', what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ level, ...what }))
}

/** Logs the details of an error, which clients do not see, for operators. */
export function logFailure(request: string, error: unknown, requestId?: string): void {
  const { level, ...what } = failureRecord(request, error, requestId)
  log(level, what)
}
