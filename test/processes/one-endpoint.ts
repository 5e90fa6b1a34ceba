import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export type LostReplies = { readonly broken?: number; readonly silent?: number }

/**
 * One address for an S3 and a DynamoDB, as emulators of all of AWS have: DynamoDB's requests name their target.
 *
 * @param lost shares of the requests, in [0, 1], that are done and not answered: by `broken` the connection ends, by `silent` it stays
 */
export async function startOneEndpoint(
  servers: { readonly s3: string; readonly dynamo: string },
  lost: LostReplies = {},
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const proxy = createServer((request, response) => {
    const to = request.headers['x-amz-target'] === undefined ? servers.s3 : servers.dynamo
    const { method, headers, url } = request
    const chance = Math.random()
    const isBroken = chance < (lost.broken ?? 0)
    const isSilent = !isBroken && chance < (lost.broken ?? 0) + (lost.silent ?? 0)
    const forwarded = send(new URL(url ?? '/', to), { method, headers }, (answer) => {
      if (isBroken || isSilent) {
        answer.resume().once('end', () => isBroken && response.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.once('error', () => response.destroy())
    request.pipe(forwarded)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.closeAllConnections()
      return new Promise((resolve) => proxy.close(() => resolve()))
    },
  }
}
