import { PrismError } from '../../errors.ts'

type RefusedStatus = 403 | 405 | 408 | 415

/** A request that HTTP itself refuses: its origin, its method, its media type, its pace. */
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

/** The client hung up before it had an answer. Nobody reads the answer; its status 499 counts it in `/metrics`, as proxies do. */
export class ClientGoneError extends PrismError {
  override readonly name = 'ClientGoneError'

  constructor(cause?: unknown) {
    super('client_gone', 'the client closed its connection before it was answered', { cause })
  }
}
