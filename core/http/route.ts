import type { BodySize } from '../contract/limits.ts'
import type { Shape } from '../contract/shape.ts'
import type { ErrorReply } from './http-errors.ts'
import type { Holding } from './transfer/request-memory.ts'

/** Methods that routes answer to. */
export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** A request as routes see it, independent of the server. */
export type RouteRequest = {
  /** Values of the `:names` in the path, percent-decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** Reads the decompressed body, at most `bodySize.bytesMax`; empty without a body. The body is read only once. */
  readonly body: () => Promise<Uint8Array>
  readonly bodySize: BodySize
  /** Aborted when the client disconnects, because the answer is no longer needed. */
  readonly signal: AbortSignal
  /** The reply for an error that affects only a part of the answer. Details that clients must not see are logged. */
  readonly replyTo: (error: unknown) => ErrorReply
  /** Counts the memory of the request in addition to its body, until it is answered. */
  readonly held: Holding
}

/** The reply of a route: JSON, or text with its own media type. */
export type Reply =
  /** `session` also goes into the header `Prism-Session`, `version` into `ETag` and `Prism-Version`. */
  | {
      readonly status?: 200 | 201
      readonly json: unknown
      readonly session?: string | undefined
      readonly version?: string | undefined
    }
  | { readonly text: string; readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }

/** A shape and its name in the OpenAPI document. */
export type NamedShape = { readonly name: string; readonly shape: Shape<unknown> }

/** One route of the HTTP contract: its request, its documentation and its handler. */
export type Route = {
  readonly method: Method
  /** May contain `:names`, each for one segment. */
  readonly path: string
  /** The operation id in the OpenAPI document, from which clients derive function names. */
  readonly operation: string
  readonly tag: 'server' | 'collections' | 'documents' | 'search'
  readonly summary: string
  /** The members are the parameters after `?`; any other is refused. */
  readonly query?: Shape<object>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: NamedShape & {
    readonly required: boolean
    readonly ndjson?: boolean
    /** Maximum size of the body. Default: {@link REQUEST_SIZE}. */
    readonly size?: BodySize
    /** A valid body, for the documentation. */
    readonly example: unknown
  }
  readonly answer: { readonly status: 200 | 201; readonly description: string } & (
    | NamedShape
    | { readonly contentType: string }
  )
  readonly handle: (request: RouteRequest) => Promise<Reply>
}
