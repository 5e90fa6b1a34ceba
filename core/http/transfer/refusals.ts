import { PrismError } from '../../errors.ts'

type RefusedStatus = 403 | 405 | 408 | 415

/** A request that is refused at the level of HTTP, for its origin, method, media type or pace. */
export class RefusedByHttpError extends PrismError {
  override readonly name = 'RefusedByHttpError'
  readonly status: RefusedStatus
  readonly headers: Readonly<Record<string, string>>

  constructor(status: RefusedStatus, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message)
    this.status = status
    this.headers = headers
  }
}

/** The client disconnected before the answer. Status 499, which proxies use too, appears only in `/metrics`. */
export class ClientGoneError extends PrismError {
  override readonly name = 'ClientGoneError'

  constructor(cause?: unknown) {
    super('client_gone', 'the client closed its connection before it was answered', { cause })
  }
}
