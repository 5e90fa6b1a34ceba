import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startDynamoServer } from '../servers/dynamo-server.ts'
import { startS3Server } from '../servers/s3-server.ts'

export type AwsEndpoint = { readonly endpoint: string; close(): Promise<void> }

/**
 * S3 and DynamoDB behind one address, as `AWS_ENDPOINT_URL` wants them: only
 * DynamoDB's requests name a target.
 */
export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const s3 = await startS3Server()
  const dynamo = await startDynamoServer()
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing, 'x-amz-target' in incoming.headers ? dynamo.endpoint : s3.endpoint)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await s3.close()
      await dynamo.close()
    },
  }
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, endpoint: string): void {
  const { hostname, port } = new URL(endpoint)
  const { method = 'GET', url: path = '/', headers } = incoming
  const onward = request({ hostname, port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', (error) => outgoing.destroy(error))
  incoming.pipe(onward)
}
