import { createHash, timingSafeEqual } from 'node:crypto'
import { type ClusterNode, FORWARDED_BYTES_MAX } from '../cluster/cluster-node.ts'
import { systemClock } from '../system-clock.ts'
import { bearer } from '../transport/http-node-transport.ts'
import { replyToError } from './http-errors.ts'
import { readBody } from './transfer/read-body.ts'
import { Holding, type RequestMemory, requestMemory } from './transfer/request-memory.ts'

/** Where nodes forward writes to, on the server that clients use; no part of the public contract. */
export const FORWARDED_WRITES_PATH = '/internal/shards/:uid/:shard/writes'

/**
 * Answers writes that other nodes forward to this one. A caller with the secret writes as a node does, without the checks
 * that a client's request meets.
 */
export function answerForwardedWrites(
  node: Pick<ClusterNode, 'answer'>,
  secret: string,
  memory: RequestMemory = requestMemory(),
): (request: Request) => Promise<Response> {
  const expected = digest(bearer(secret))
  return async (request) => {
    // Digests have one length, so that comparing takes the same time whatever was sent.
    if (!timingSafeEqual(digest(request.headers.get('authorization') ?? ''), expected)) {
      const error = { code: 'not_a_node', message: 'only nodes of this deployment write here', details: {} }
      return Response.json({ error }, { status: 401 })
    }
    const held = new Holding(memory.bodies)
    try {
      const limits = { sentBytesMax: FORWARDED_BYTES_MAX }
      const answer = await node.answer(await readBody(request, { clock: systemClock, held, limits }))
      return new Response(answer as Uint8Array<ArrayBuffer>, { headers: { 'Content-Type': 'application/msgpack' } })
    } catch (error) {
      const { status, headers, body } = replyToError(error, request.headers.get('x-request-id') ?? '')
      return Response.json(body, { status, headers })
    } finally {
      held.release()
    }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
