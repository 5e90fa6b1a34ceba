import type { NodeTransport } from '../cluster/node-transport.ts'
import { OutcomeUnknownError, UnavailableError } from '../errors.ts'
import { describeSilence } from './silence.ts'

/** Statuses of requests that are refused before anything is done: wrong secret, path or size. */
const REFUSALS = new Set([401, 404, 405, 413, 415])

/** Sends requests to other nodes over HTTP, with a shared secret. */
export class HttpNodeTransport implements NodeTransport {
  readonly #authorization: string

  constructor(secret: string) {
    this.#authorization = bearer(secret)
  }

  async send(address: string, path: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const response = await fetch(address + path, {
      method: 'POST',
      headers: { Authorization: this.#authorization, 'Content-Type': 'application/msgpack' },
      body: request as Uint8Array<ArrayBuffer>,
      // An answer from another address does not count.
      redirect: 'error',
      signal,
    }).catch((cause: unknown) => {
      const { text, wasConnected } = describeSilence(cause)
      throw noAnswer(address, text, { isSure: !wasConnected, cause })
    })
    if (REFUSALS.has(response.status)) {
      await response.body?.cancel()
      throw noAnswer(address, `it answered ${response.status} to a node`, { isSure: true })
    }
    try {
      if (response.status === 200) return new Uint8Array(await response.arrayBuffer())
    } catch (cause) {
      throw noAnswer(address, 'its answer broke off', { isSure: false, cause })
    }
    await response.body?.cancel()
    throw noAnswer(address, `it answered ${response.status}`, { isSure: false })
  }
}

export function bearer(secret: string): string {
  return `Bearer ${secret}`
}

/** @param isSure whether the node has certainly not received the write, or has certainly refused it */
function noAnswer(address: string, reason: string, { isSure, cause }: { isSure: boolean; cause?: unknown }): Error {
  const message = `no answer from node ${address}: ${reason}`
  const options = cause === undefined ? {} : { cause }
  return isSure
    ? new UnavailableError('node_unreachable', message, options)
    : new OutcomeUnknownError('outcome_unknown', message, options)
}
