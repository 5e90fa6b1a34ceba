import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3_MODEL } from './s3-model.ts'

export type ProxyCounts = { requests: number; bytes: number; rounds: number }

/** A proxy that adds S3's latency to an S3 endpoint, for peers that can only use the protocol. */
export type S3Proxy = {
  readonly endpoint: string
  /** Traffic since the last {@link S3Proxy.reset}, with rounds counted as by `Meter`. */
  readonly counts: Readonly<ProxyCounts>
  /** Sets the counts to 0, and switches the latency on or off. */
  reset(delays: 'delayed' | 'at once'): void
  close(): Promise<void>
}

/** @param target address of a server on this machine that does not verify signatures */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(target)
  const counts: ProxyCounts = { requests: 0, bytes: 0, rounds: 0 }
  let completed = 0
  let delayed = false

  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    // One more than the depth of the deepest request that was answered before this one arrived.
    const depth = completed + 1
    counts.rounds = Math.max(counts.rounds, depth)
    counts.requests++
    const start = performance.now()
    const sent = Buffer.concat(await incoming.toArray())
    const { status, headers, body } = await send(incoming, sent)
    counts.bytes += body.length
    const firstByteMs =
      incoming.method === 'PUT' || incoming.method === 'POST' ? S3_MODEL.putMs : S3_MODEL.getFirstByteMs
    const dueMs = firstByteMs + (sent.length + body.length) / S3_MODEL.bytesPerMs
    if (delayed) await sleep(Math.max(0, dueMs - (performance.now() - start)))
    outgoing.writeHead(status, headers)
    outgoing.end(body)
    completed = Math.max(completed, depth)
  }
  const send = (
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> => {
    const { method = 'GET', url: path = '/', headers } = incoming
    return new Promise((resolve, reject) => {
      const passed = request({ hostname, port, method, path, headers }, (answer) => {
        answer.toArray().then((chunks) => {
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) })
        }, reject)
      })
      passed.on('error', reject)
      passed.end(body)
    })
  }

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    reset(delays) {
      delayed = delays === 'delayed'
      Object.assign(counts, { requests: 0, bytes: 0, rounds: 0 })
      completed = 0
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
