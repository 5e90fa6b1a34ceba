import type { BodySize } from '../contract/limits.ts'
import type { Shape } from '../contract/shape.ts'
import type { ErrorReply } from './http-errors.ts'
import type { Holding } from './transfer/request-memory.ts'

/** Methods that routes answer to. */
export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** What a route sees of a request, whatever server brought it. */
export type RouteRequest = {
  /** Of `:names` in the path, percent-decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The body's bytes, unpacked and at most `bodySize.bytesMax`; empty if there is none. Read once. */
  readonly body: () => Promise<Uint8Array>
  readonly bodySize: BodySize
  /** Aborted once the client has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** The reply to an error that costs a part of the answer only. What clients must not see of it goes to the log. */
  readonly replyTo: (error: unknown) => ErrorReply
  /** Counts what the request keeps in memory besides its body, until it is answered. */
  readonly held: Holding
}

/** What a route answers: JSON, or a text of a type of its own. */
export type Reply =
  /** `session` also goes into the header `Prism-Session`, `version` into `ETag` and `Prism-Version`. */
  | {
      readonly status?: 200 | 201
      readonly json: unknown
      readonly session?: string | undefined
      readonly version?: string | undefined
    }
  | { readonly text: string; readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }

/** A shape and the name it goes by in the OpenAPI document. */
export type NamedShape = { readonly name: string; readonly shape: Shape<unknown> }

/** A parameter of an address, as OpenAPI describes it. */
export type QueryParameter = { readonly description: string; readonly type: 'string' | 'integer' | 'number' }

/** One row of the HTTP contract: how it is called, what it says about itself, what it does. */
export type Route = {
  readonly method: Method
  /** With `:names`, each standing for one segment. */
  readonly path: string
  /** Its name in the OpenAPI document, from which clients name their functions. */
  readonly operation: string
  readonly tag: 'server' | 'collections' | 'documents' | 'search'
  readonly summary: string
  /** Parameters after `?`; any other is refused. */
  readonly query?: Readonly<Record<string, QueryParameter>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: NamedShape & {
    readonly required: boolean
    readonly ndjson?: boolean
    /** What it may hold. Default: {@link REQUEST_SIZE}. */
    readonly size?: BodySize
    /** One that works, for the documentation. */
    readonly example: unknown
  }
  readonly answer: { readonly status: 200 | 201; readonly description: string } & (
    | NamedShape
    | { readonly contentType: string }
  )
  readonly handle: (request: RouteRequest) => Promise<Reply>
}
