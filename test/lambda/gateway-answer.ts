import { HOP_BY_HOP } from './gateway-event.ts'

export type FrontAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer
}

/**
 * Converts the result of a function to an answer, like an HTTP API with payload format 2.0: a result without
 * `statusCode` is itself the body of a 200.
 *
 * @returns undefined for an invalid result with a `statusCode`
 */
export function toAnswer(payload: Buffer): FrontAnswer | undefined {
  const result: unknown = JSON.parse(payload.toString())
  if (typeof result === 'object' && result !== null && 'statusCode' in result) return answerOf(result)
  const body = typeof result === 'string' ? Buffer.from(result) : payload
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

/** The status and headers of an answer, from a result or from the prelude of a stream. */
export function headOf(result: object): Omit<FrontAnswer, 'body'> | undefined {
  const { statusCode = 200, headers = {}, cookies = [] } = result as Readonly<Record<string, unknown>>
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined
  if (typeof headers !== 'object' || headers === null || !Array.isArray(cookies)) return undefined
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  return {
    status,
    headers: {
      ...Object.fromEntries(named.filter(([name]) => !HOP_BY_HOP.has(name))),
      ...(cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
    },
  }
}

function answerOf(result: object): FrontAnswer | undefined {
  const { body = '', isBase64Encoded = false } = result as Readonly<Record<string, unknown>>
  const head = headOf(result)
  if (head === undefined || (typeof body !== 'string' && body !== null)) return undefined
  return {
    status: head.status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...head.headers },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  }
}
