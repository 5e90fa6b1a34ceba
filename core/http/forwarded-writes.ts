import { createHash, timingSafeEqual } from 'node:crypto'
import { type ClusterNode, FORWARDED_BYTES_MAX } from '../cluster/cluster-node.ts'
import { systemClock } from '../system-clock.ts'
import { bearer } from '../transport/http-node-transport.ts'
import { replyToError } from './http-errors.ts'
import { readBody } from './transfer/read-body.ts'
import { Holding, type RequestMemory, requestMemory } from './transfer/request-memory.ts'

/** Path for writes that nodes forward, on the server that clients use. It is not part of the public contract. */
export const FORWARDED_WRITES_PATH = '/internal/shards/:uid/:shard/writes'

/**
 * Answers writes that other nodes forward to this node. A caller with the secret writes like a node, without the checks of
 * client requests.
 */
export function answerForwardedWrites(
  node: Pick<ClusterNode, 'answer'>,
  secret: string,
  memory: RequestMemory = requestMemory(),
): (request: Request) => Promise<Response> {
  const expected = digest(bearer(secret))
  return async (request) => {
    // All digests have the same length, so the comparison takes constant time.
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
