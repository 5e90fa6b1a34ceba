import { getEventListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { InvocationLimit } from '../../core/time-limit.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { S3Failure } from '../servers/s3-failure.ts'
import { type S3Server, startS3Server } from '../servers/s3-server.ts'

/** Much less than the silence after which the SDK gives up by itself. */
const PROMPT_MS = 10_000
const DEADLINE = { name: 'UnavailableError', code: 'deadline_exceeded' }

let server: S3Server
let store: S3ObjectStore

afterEach(async () => {
  store.close()
  await server.close()
})

test('requests within the limit are done, and leave nothing behind', async () => {
  const { limit } = await setUp(() => undefined)
  limit.begin(60_000)

  await store.put('k', new Uint8Array([1, 2, 3]))
  await store.putStream('large', chunks(20))
  const read = await store.get('k', { start: 1, end: 3 })
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  await store.delete(keys)

  expect([[...read], keys]).toEqual([
    [2, 3],
    ['k', 'large'],
  ])
  // What is left is the alarm.
  await vanished(() => getEventListeners(limit.signal!, 'abort').length === 1)
})

test.each([
  ['get', () => store.get('k')],
  ['put', () => store.put('k', new Uint8Array(10))],
  ['list', () => store.list('')[Symbol.asyncIterator]().next()],
  ['delete', () => store.delete(['k'])],
  ['putStream', () => store.putStream('k', chunks(20))],
])(
  'a %s that is never answered is cut off at the limit',
  async (_, ask) => {
    const { limit, clock, closed, asked } = await setUp((_request, _response) => 'answered')
    limit.begin(1000)
    const asking = ask().catch((error: unknown) => error)
    await asked.first

    await clock.advance(1000)

    expect(await asking).toMatchObject(DEADLINE)
    // The connection is given up as well: nothing of it goes on.
    await closed.first
  },
  PROMPT_MS,
)

test(
  'an answer that stalls in its middle is cut off at the limit',
  async () => {
    const { limit, clock, closed, asked } = await setUp((request, response) => {
      if (request.method !== 'GET') return undefined
      response.writeHead(200, { 'content-length': 1000 })
      response.write(new Uint8Array(500))
      return 'answered'
    })
    limit.begin(1000)
    const reading = store.get('k').catch((error: unknown) => error)
    await asked.first
    await new Promise((resolve) => setTimeout(resolve, 50))

    await clock.advance(1000)

    expect(await reading).toMatchObject(DEADLINE)
    await closed.first
  },
  PROMPT_MS,
)

test(
  'an upload whose parts are not answered ends at the limit, and nothing is waited for after it',
  async () => {
    const { limit, clock, closed } = await setUp((request) =>
      request.url?.includes('uploadId=') ? 'answered' : undefined,
    )
    limit.begin(1000)
    const uploading = store.putStream('k', chunks(20)).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 300))

    await clock.advance(1000)

    expect(await uploading).toMatchObject(DEADLINE)
    await closed.first
  },
  PROMPT_MS,
)

test('a request that is tried again and again is not tried after the limit', async () => {
  const { limit, clock, asked } = await setUp(() => {
    throw new S3Failure(503, 'SlowDown', 'reduce your request rate')
  })
  limit.begin(1000)
  const reading = store.get('k').catch((error: unknown) => error)
  await asked.first

  await clock.advance(1000)
  const outcome = await reading
  const tries = asked.count()
  await new Promise((resolve) => setTimeout(resolve, 700))

  expect(outcome).toMatchObject(DEADLINE)
  expect(asked.count()).toBe(tries)
})

test('after the limit nothing is sent, until the next invocation', async () => {
  const { limit, clock, asked } = await setUp(() => undefined)
  limit.begin(1000)
  await clock.advance(1000)
  const before = asked.count()

  await expect(store.get('k')).rejects.toMatchObject(DEADLINE)
  await expect(store.put('k', new Uint8Array(1))).rejects.toMatchObject(DEADLINE)
  expect(asked.count()).toBe(before)
  limit.begin(5000)
  await store.put('k', new Uint8Array(1))

  expect(await store.get('k')).toHaveLength(1)
})

type Intercept = (request: IncomingMessage, response: ServerResponse) => 'answered' | undefined

async function setUp(intercept: Intercept) {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)
  const [asked, closed] = [newCount(), newCount()]
  let isSetUp = false
  server = await startS3Server({
    intercept: (request, response) => {
      if (!isSetUp) return undefined
      asked.add()
      response.once('close', () => closed.add())
      return intercept(request, response)
    },
  })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  store = new S3ObjectStore({ bucket: 'bucket', endpoint: server.endpoint, credentials }, limit)
  await store.createBucket()
  isSetUp = true
  return { clock, limit, asked, closed }
}

/** Counts, and tells of the first. */
function newCount() {
  let count = 0
  let tell = () => {}
  const first = new Promise<void>((resolve) => {
    tell = resolve
  })
  const add = () => {
    count++
    tell()
  }
  return { add, first, count: () => count }
}

async function* chunks(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mebibytes; i++) yield new Uint8Array(1_048_576).fill(i)
}

/** Waits for connections to notice that they are done. */
async function vanished(isGone: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !isGone(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isGone()).toBe(true)
}
