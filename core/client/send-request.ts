import { readShape } from '../contract/read-shape.ts'
import type { Shape } from '../contract/shape.ts'
import { PrismError } from '../errors.ts'
import { nextAddress, redirectRefused } from './redirects.ts'
import { errorOfAnswer, errorOfForeignAnswer, errorOfSilence } from './remote-errors.ts'
import type { Server } from './server-address.ts'

/** A request of the HTTP contract. */
export type RemoteRequest = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** JSON. */
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** A write without an answer may have happened; a read without an answer can be repeated. */
  readonly isWrite: boolean
}

/** Redirects that keep method and body. 301 and 302 do for clients of an API; only browsers turn them into GET. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308])
const REDIRECTS_MAX = 5

/**
 * Sends a request, follows redirects, and checks the answer.
 *
 * @throws {PrismError} the error that the server answered; 'redirect_refused'; 'unexpected_answer' for an answer that is
 *   not Prism's; 'unreachable', or 'outcome_unknown' for a write
 */
export async function sendRequest<T>(server: Server, request: RemoteRequest, answer: Shape<T>): Promise<T> {
  let url = new URL(server.base + request.path)
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const { status, location, text } = await fetchOnce(server, url, request)
    if (!REDIRECTS.has(status)) return readAnswer(status, text, answer, { url: url.origin, request })
    url = nextAddress(server, url, location)
  }
  throw redirectRefused(`${server.base} redirects more than ${REDIRECTS_MAX} times`)
}

async function fetchOnce(
  server: Server,
  url: URL,
  { method, body, headers, signal, isWrite }: RemoteRequest,
): Promise<{ readonly status: number; readonly location: string | null; readonly text: string }> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...server.headers,
        ...headers,
      },
      redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    })
    return { status: response.status, location: response.headers.get('location'), text: await response.text() }
  } catch (cause) {
    if (!isWrite) signal?.throwIfAborted()
    throw errorOfSilence(cause, url.origin, isWrite)
  }
}

/** @throws {PrismError} the error that the server answered; 'unexpected_answer' */
function readAnswer<T>(
  status: number,
  text: string,
  shape: Shape<T>,
  { url, request }: { readonly url: string; readonly request: RemoteRequest },
): T {
  const { method, path, isWrite } = request
  if (status < 200 || status >= 300) throw errorOfAnswer(status, text, url, isWrite)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw errorOfForeignAnswer(text === '' ? `${status} without a body` : `${status} without JSON`, url, isWrite)
  }
  try {
    readShape(shape, json, 'the answer')
  } catch (error) {
    if (!(error instanceof PrismError)) throw error
    const what = `${status} to ${method} ${path.split('?')[0]} with JSON that is not Prism's (${error.message})`
    throw errorOfForeignAnswer(what, url, isWrite)
  }
  // As it came: a newer server may answer with more members.
  return json as T
}
