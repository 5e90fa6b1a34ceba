import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type Listening, listen } from '../../cli/commands/listen.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { BODY_IDLE_MS_MAX } from '../../core/http/transfer/read-body.ts'
import { requestMemory } from '../../core/http/transfer/request-memory.ts'
import { ANSWER_IDLE_MS_MAX } from '../../core/http/transfer/send-json.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { ManualClock } from '../faults/manual-clock.ts'

const MB = 1024 * 1024
const JSON_TYPE = { 'Content-Type': 'application/json' }

let open: { server: Listening; engine: Engine; sockets: Socket[] } | undefined
afterEach(async () => {
  for (const socket of open?.sockets ?? []) socket.destroy()
  await open?.server.close()
  await open?.engine.close()
  open = undefined
})

/** A server whose requests hold so much at most, and whose time a test moves. */
async function serve({ bodies = 4 * MB, answers = 40 * MB }) {
  const [engine, clock, memory] = [openMemoryEngine(), new ManualClock(), requestMemory(bodies, answers)]
  const failures: unknown[] = []
  const app = createApp(engine, { clock, memory, onFailure: (error) => failures.push(error) })
  const server = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  const sockets: Socket[] = []
  open = { server, engine, sockets }
  /** Sends a request as far as it is written, and says nothing more. */
  const begin = async (head: string, body: Uint8Array = Buffer.alloc(0)): Promise<Socket> => {
    const { port, hostname } = new URL(server.address)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    sockets.push(socket)
    await once(socket, 'connect')
    socket.write(`${head}\r\nHost: localhost\r\n`.replace('\r\n', ' HTTP/1.1\r\n'))
    socket.write(`Content-Type: application/json\r\n${body.length > 0 ? 'Content-Length: 33000000\r\n' : ''}\r\n`)
    socket.write(body)
    return socket
  }
  const post = (path: string, body: unknown, headers = {}) =>
    fetch(server.address + path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: body as string })
  const metrics = async () => (await fetch(`${server.address}/metrics`)).text()
  return { engine, clock, memory, failures, begin, post, metrics, address: server.address }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** More than the buffers of two sockets take, so that a reader that is slow leaves some of it here. */
async function storeLongDocuments(engine: Engine) {
  const documents = Array.from({ length: 20 }, (_, i) => ({ id: `${10 + i}`, text: 'x'.repeat(900_000) }))
  await engine.createCollection('books', { schema: { dynamic: false } })
  await engine.writeDocuments('books', documents)
  return documents
}

const WRITE = 'POST /collections/books/documents'

test('bodies that are still arriving hold no more than the bound, and are let go when their clients hang up', async () => {
  const { memory, begin, post, metrics, failures } = await serve({})
  const stalled = []
  for (let i = 0; i < 8; i++) stalled.push(await begin(WRITE, Buffer.alloc(1.1 * MB, 0x20)))
  await until(async () => /"POST",status="429"\} 5/.test(await metrics()))
  await until(() => memory.bodies.taken >= 3 * Math.floor(1.1 * MB))
  // So short that it is sent before the answer comes.
  const refused = await post('/collections/books/documents', `[${' '.repeat(300_000)}]`)
  const small = await post('/collections/books/documents', '[{"id":"a"}]')

  expect(memory.bodies.taken).toBeLessThanOrEqual(4 * MB)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await refused.json()).toMatchObject({
    error: { code: 'overloaded', message: expect.stringContaining('bodies') },
  })
  expect(small.status).toBe(200)

  for (const socket of stalled) socket.destroy()
  await until(() => memory.bodies.taken === 0)
  await until(async () =>
    /route="\/collections\/:collection\/documents",method="POST",status="499"/.test(await metrics()),
  )
  expect(await metrics()).not.toMatch(/status="500"/)
  expect(failures).toEqual([])
  expect((await post('/collections/books/documents', `[${' '.repeat(MB)}]`)).status).toBe(200)
})

test('a body of which nothing arrives is cut off by time', async () => {
  const { clock, memory, begin } = await serve({})
  const socket = await begin(WRITE, Buffer.alloc(MB, 0x20))
  await until(() => memory.bodies.taken === MB)
  await clock.advance(BODY_IDLE_MS_MAX - 1)
  expect(memory.bodies.taken).toBe(MB)
  await clock.advance(1)
  const [answer] = await once(socket, 'data')

  expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /)
  expect(String(answer)).toContain('"code":"body_timeout"')
  await until(() => memory.bodies.taken === 0)
})

test('what a body unpacks to counts while it is unpacked, and is given back with the answer', async () => {
  const { memory, post } = await serve({ bodies: MB })
  const packed = gzipSync(Buffer.concat([Buffer.from('['), Buffer.alloc(2 * MB, 0x20), Buffer.from(']')]))
  const { status } = await post('/collections/books/documents', packed, { 'Content-Encoding': 'gzip' })

  expect(packed.length).toBeLessThan(10_000)
  expect(status).toBe(429)
  expect(memory.bodies.taken).toBe(0)
})

test('answers that clients are slow to read hold no more than the bound, and are cut off by time', async () => {
  const { engine, clock, memory, begin, address, metrics } = await serve({})
  const documents = await storeLongDocuments(engine)
  const list = 'GET /collections/books/documents'
  const slow = []
  for (let i = 0; i < 4; i++) {
    slow.push(await begin(list))
    slow.at(-1)!.pause()
  }
  await until(async () => /status="429"\} [1-9]/.test(await metrics()))
  const refused = await fetch(`${address}/collections/books/documents`)
  const small = await fetch(`${address}/collections/books/search?limit=0`)

  expect(memory.answers.taken).toBeGreaterThan(0)
  expect(memory.answers.taken).toBeLessThanOrEqual(40 * MB)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(small.status).toBe(200)

  await clock.advance(ANSWER_IDLE_MS_MAX)
  expect(memory.answers.taken).toBe(0)
  const whole = (await (await fetch(`${address}/collections/books/documents`)).json()) as { documents: unknown }
  expect(whole.documents).toEqual(documents)
  await until(() => memory.answers.taken === 0)
})

test('an answer whose reader hangs up is let go', async () => {
  const { engine, memory, begin } = await serve({})
  await storeLongDocuments(engine)
  const socket = await begin('GET /collections/books/documents')
  socket.pause()
  await until(() => memory.answers.taken > 0)
  socket.destroy()

  await until(() => memory.answers.taken === 0)
})
