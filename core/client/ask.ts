import type { Shape } from '../contract/shape.ts'
import { encodeJson } from './encode-json.ts'
import { type RemoteRequest, sendRequest } from './send-request.ts'
import type { Server } from './server-address.ts'

/** What a request may have: a body, as a value or already encoded, headers, and a signal that ends it. */
type Content = Pick<RemoteRequest, 'body' | 'headers' | 'signal'> & { readonly json?: object }

/** Sends a request and returns its answer, which has the shape. */
export type Ask = <T>(answer: Shape<T>, method: RemoteRequest['method'], path: string, content?: Content) => Promise<T>

/** Asks a server to read or to write. */
export function asking(server: Server, does: 'read' | 'write'): Ask {
  return (answer, method, path, { json, body, ...rest } = {}) => {
    const encoded = json === undefined ? body : encodeJson(json)
    return sendRequest(server, { method, path, body: encoded, isWrite: does === 'write', ...rest }, answer)
  }
}
