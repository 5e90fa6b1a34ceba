import { type ClientRequest, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../core/random.ts'

/** What may happen to a request. The first three are not done; the next three are done, and not answered as they should be. */
const FAULTS = ['cut before', '500', '503', 'cut after', 'cut in the answer', 'error after', 'slow'] as const
type Fault = (typeof FAULTS)[number]

const SLOW_MS = 1500

export type FaultProxy = {
  readonly endpoint: string
  /** Injected so far, by kind. */
  readonly injected: Map<Fault, number>
  /** From now on this share of the requests meets a fault, in [0, 1]. */
  setShare(share: number): void
  close(): Promise<void>
}

/** One address for an S3 and a DynamoDB, whose requests name their target, on a network that fails by chance. */
export async function startFaultProxy(
  servers: { readonly s3: string; readonly dynamo: string },
  random: Random,
): Promise<FaultProxy> {
  const injected = new Map<Fault, number>()
  let share = 0
  const draw = (): Fault | undefined => {
    if (random.number() >= share) return undefined
    const fault = FAULTS[Math.floor(random.number() * FAULTS.length)]!
    injected.set(fault, (injected.get(fault) ?? 0) + 1)
    return fault
  }
  const proxy = createServer((request, response) => {
    const isDynamo = request.headers['x-amz-target'] !== undefined
    void serve(request, response, isDynamo ? servers.dynamo : servers.s3, isDynamo, draw(), random)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    injected,
    setShare: (to) => {
      share = to
    },
    close: () => {
      proxy.closeAllConnections()
      return new Promise((resolve) => proxy.close(() => resolve()))
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  to: string,
  isDynamo: boolean,
  fault: Fault | undefined,
  random: Random,
): Promise<void> {
  if (fault === 'cut before') return void response.destroy()
  if (fault === '500' || fault === '503') {
    request.resume().once('end', () => fail(response, isDynamo, fault))
    return
  }
  // What a sender has sent goes on its way, even if the sender is killed meanwhile.
  if (fault === 'slow') await sleep(random.number() * SLOW_MS)
  const forwarded = forward(request, to, (answer) => {
    if (fault === 'cut after') answer.resume().once('end', () => response.destroy())
    else if (fault === 'error after') answer.resume().once('end', () => fail(response, isDynamo, '500'))
    else if (fault === 'cut in the answer') cutInTheMiddle(answer, response)
    else {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    }
    answer.once('error', () => response.destroy())
  })
  forwarded.once('error', () => response.destroy())
}

function forward(request: IncomingMessage, to: string, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
  const { method, headers, url } = request
  const forwarded = send(new URL(url ?? '/', to), { method, headers }, onAnswer)
  request.once('close', () => !request.complete && forwarded.destroy())
  request.pipe(forwarded)
  return forwarded
}

/** Promises the whole answer, and sends half of its first piece. */
function cutInTheMiddle(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  response.flushHeaders()
  answer.once('data', (piece: Buffer) => response.write(piece.subarray(0, piece.length >> 1)))
  answer.once('end', () => setImmediate(() => response.destroy()))
}

function fail(response: ServerResponse, isDynamo: boolean, fault: '500' | '503'): void {
  if (response.destroyed) return
  const [status, type, body] = isDynamo
    ? fault === '500'
      ? [500, 'application/x-amz-json-1.0', JSON.stringify({ __type: 'InternalServerError', message: 'injected' })]
      : [400, 'application/x-amz-json-1.0', JSON.stringify({ __type: 'ThrottlingException', message: 'injected' })]
    : [
        Number(fault),
        'application/xml',
        `<Error><Code>${fault === '500' ? 'InternalError' : 'SlowDown'}</Code><Message>injected</Message></Error>`,
      ]
  response.writeHead(status as number, { 'content-type': type, 'content-length': Buffer.byteLength(body as string) })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
