import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** What a client sent instead of a request. */
type Refusal = { readonly status: number; readonly code: string; readonly message: string }

const TOO_LONG: Refusal = {
  status: 431,
  code: 'headers_too_large',
  message: 'the address and the headers of a request may have 16 KB: send a long query as the body of a POST',
}
const TOO_SLOW: Refusal = { status: 408, code: 'request_timeout', message: 'the request did not arrive in time' }
const MALFORMED: Refusal = { status: 400, code: 'malformed_request', message: 'this is not a request of HTTP/1.1' }
const UNEXPECTED: Refusal = {
  status: 417,
  code: 'unsupported_expectation',
  message: 'the only expectation that is supported is 100-continue',
}

/** Answers what Node refuses before there is a request with errors in JSON, like all others. Node's own have no body. */
export function refuseMalformed(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const { status, headers, body } = encode(refusalOf(error))
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
  })
  server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = encode(UNEXPECTED)
    response.writeHead(status, headers).end(body)
  })
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return TOO_LONG
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? TOO_SLOW : MALFORMED
}

function encode({ status, code, message }: Refusal) {
  const body = JSON.stringify({ error: { code, message } })
  const byteSize = String(Buffer.byteLength(body))
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Content-Length': byteSize, Connection: 'close' },
    body,
  }
}
