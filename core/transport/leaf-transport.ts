import type { LeafPool } from '../query/search/leaf.ts'
import { decodeLeafAnswer, encodeRequest } from './leaf-messages.ts'

/** Sends requests to leaves, within this process, through Lambda or over a network. */
export interface LeafTransport {
  /** Number of leaves. They are numbered from 0. */
  readonly size: number
  /**
   * @param signal aborted when the answer is no longer needed, because it is late or the client has disconnected: `send` then
   *   ends at once, and the leaf stops if the transport can notify it
   * @throws {UnavailableError} if the leaf cannot be reached, is busy, fails, or `signal` ends the wait
   */
  send(leaf: number, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}

/**
 * Leaves at the other end of a transport.
 *
 * @param place the leaf for a shard; default: the shard's number modulo the number of leaves
 */
export function openLeafPool(
  transport: LeafTransport,
  place = (shard: number): number => shard % transport.size,
): LeafPool {
  return {
    size: transport.size,
    place,
    ask: async (leaf, request, signal) => decodeLeafAnswer(await transport.send(leaf, encodeRequest(request), signal)),
  }
}
