import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'
import { FORWARDED_BYTES_MAX } from '../../core/cluster/cluster-node.ts'
import { OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { answerForwardedWrites } from '../../core/http/forwarded-writes.ts'
import { HttpNodeTransport } from '../../core/transport/http-node-transport.ts'

const SECRET = 'just-for-these-tests'
const PATH = '/internal/shards/u/0/writes'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

test('a node receives the bytes of a request, and the sender receives the answer', async () => {
  const { address, got } = await startNode()

  expect(await send(address, bytes(3, 0, 255))).toEqual(bytes(255, 0, 3))
  expect(got).toEqual([bytes(3, 0, 255)])
})

test.each([
  ['another secret', 'some-other-secret-entirely', 1],
  ['a larger write than nodes take', SECRET, FORWARDED_BYTES_MAX + 1],
])('%s is refused before anything is done', async (_, secret, size) => {
  const { address, got } = await startNode()

  await expect(send(address, new Uint8Array(size), secret)).rejects.toBeInstanceOf(UnavailableError)
  expect(got).toEqual([])
})

test('a request without the secret is refused without further information', async () => {
  const { address, got } = await startNode()

  const response = await fetch(address + PATH, { method: 'POST', body: 'x' })

  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ error: { code: 'not_a_node' } })
  expect(got).toEqual([])
})

test('if no node listens at an address, the write was certainly not done', async () => {
  const { address, stop } = await startNode()
  await stop()
  const elsewhere = await startRaw((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))

  await expect(send(address, bytes(1))).rejects.toBeInstanceOf(UnavailableError)
  await expect(send(elsewhere, bytes(1))).rejects.toBeInstanceOf(UnavailableError)
})

test.each([
  ['breaks when the write was read', (socket: Socket) => socket.destroy()],
  ['breaks in the middle of the answer', (socket: Socket) => cutShort(socket)],
  ['is a proxy’s, which cannot say', (socket: Socket) => socket.end('HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n')],
  ['leads elsewhere', (socket: Socket) => socket.end('HTTP/1.1 307 There\r\nLocation: /\r\nContent-Length: 0\r\n\r\n')],
])('a connection that %s leaves the outcome unknown', async (_, onRequest) => {
  const address = await startRaw(onRequest)

  await expect(send(address, bytes(1))).rejects.toBeInstanceOf(OutcomeUnknownError)
})

test('the wait for a node ends with the signal, and the outcome is then unknown', async () => {
  const address = await startRaw(() => undefined)
  const over = new AbortController()

  const answer = new HttpNodeTransport(SECRET).send(address, PATH, bytes(1), over.signal)
  over.abort()

  await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError)
})

test('a write whose sender breaks off in the middle is not done', async () => {
  const { address, got } = await startNode()
  const { port } = new URL(address)
  const socket = connect(Number(port), '127.0.0.1')
  const head = `POST ${PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${SECRET}\r\nContent-Length: 100\r\n\r\n`
  await new Promise((resolve) => socket.write(`${head}only this`, resolve))
  socket.destroy()
  // What comes later is read later.
  await send(address, bytes(7))

  expect(got).toEqual([bytes(7)])
})

/** A node that answers with the bytes it was sent, in reverse. */
async function startNode() {
  const got: Uint8Array[] = []
  const node = {
    answer: async (request: Uint8Array) => {
      got.push(new Uint8Array(request))
      return new Uint8Array(request).reverse()
    },
  }
  const { address, close } = await listen(answerForwardedWrites(node, SECRET), { host: '127.0.0.1', port: 0 })
  closing.push(close)
  return { address, got, stop: close }
}

/** Something that is no node. @param onRequest hears of the first bytes of each connection */
async function startRaw(onRequest: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.once('data', () => onRequest(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

function cutShort(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy())
}

function send(address: string, request: Uint8Array, secret = SECRET): Promise<Uint8Array> {
  return new HttpNodeTransport(secret).send(address, PATH, request, new AbortController().signal)
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}
