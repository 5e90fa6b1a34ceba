import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { InvocationLimit } from '../../core/time-limit.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { type DynamoServer, startDynamoServer } from '../servers/dynamo-server.ts'

const key = { pk: 'p', sk: 's' }
const consistent = { consistent: true }
const DEADLINE = { name: 'UnavailableError', code: 'deadline_exceeded' }

let server: DynamoServer
let coordination: DynamoCoordination

afterEach(async () => {
  await coordination.close()
  await server.close()
})

test.each([
  ['read', () => coordination.read(key, consistent)],
  ['write', () => coordination.write(key, { set: { a: 1 } }, [])],
  ['delete', () => coordination.delete(key, [])],
  ['query', () => coordination.query('p', '', consistent)[Symbol.asyncIterator]().next()],
])('a %s that is never answered ends at the limit', async (_, ask) => {
  const { limit, clock, asked } = await setUp(() => 'answered')
  limit.begin(1000)
  const asking = ask().catch((error: unknown) => error)
  await asked

  await clock.advance(1000)

  expect(await asking).toMatchObject(DEADLINE)
})

test('a write that the limit ended may have happened', async () => {
  const { limit, clock, asked } = await setUp((_request, response) => {
    // The server does the request, but its answer is never sent.
    response.writeHead = (() => response) as typeof response.writeHead
    response.end = (() => response) as typeof response.end
    return undefined
  })
  limit.begin(1000)
  const writing = coordination.write(key, { set: { a: 1 } }, []).catch((error: unknown) => error)
  await asked
  await new Promise((resolve) => setTimeout(resolve, 100))

  await clock.advance(1000)

  expect(await writing).toMatchObject(DEADLINE)
  const calm = new DynamoCoordination(options())
  expect((await calm.read(key, consistent))?.attributes).toEqual({ a: 1 })
  await calm.close()
})

test('requests within the limit get their results, and nothing is sent after the limit', async () => {
  const { limit, clock } = await setUp(() => undefined)
  limit.begin(1000)

  const written = await coordination.write(key, { set: { a: 1 } }, [{ attribute: 'a', is: 'absent' }])
  const refused = await coordination.write(key, { set: { a: 2 } }, [{ attribute: 'a', is: 'absent' }])
  await clock.advance(1000)

  expect([written, refused]).toEqual(['written', 'refused'])
  await expect(coordination.write(key, { set: { a: 3 } }, [])).rejects.toMatchObject(DEADLINE)
  limit.begin(5000)
  expect((await coordination.read(key, consistent))?.attributes).toEqual({ a: 1 })
})

async function setUp(intercept: (request: IncomingMessage, response: ServerResponse) => 'answered' | undefined) {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)
  let tell = () => {}
  const asked = new Promise<void>((resolve) => {
    tell = resolve
  })
  let isFirst = false
  server = await startDynamoServer({
    intercept: (request, response) => {
      if (!isFirst) return undefined
      isFirst = false
      tell()
      return intercept(request, response)
    },
  })
  coordination = new DynamoCoordination(options(), limit)
  await coordination.createTable()
  isFirst = true
  return { clock, limit, asked }
}

function options() {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return { table: 'prism', endpoint: server.endpoint, credentials }
}
