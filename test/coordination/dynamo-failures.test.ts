import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { translateDynamoError } from '../../core/coordination/dynamo-errors.ts'
import { LimitExceededError } from '../../core/errors.ts'
import { type DynamoServer, type DynamoServerOptions, startDynamoServer } from '../servers/dynamo-server.ts'

const key = { pk: 'p', sk: 's' }
const consistent = { consistent: true }

let server: DynamoServer
let coordination: DynamoCoordination

afterEach(async () => {
  await coordination.close()
  await server.close()
})

test('a throttled request is tried again', async () => {
  let failures = 2
  await setUp((request, response) => {
    if (!isAbout('GetItem', request) || failures-- <= 0) return undefined
    return fail(response, 400, 'ThrottlingException')
  })
  await coordination.write(key, { set: { a: 1 } }, [])

  expect((await coordination.read(key, consistent))?.attributes).toEqual({ a: 1 })
})

test.each([
  [500, 'InternalServerError', 'coordination_unavailable'],
  [400, 'AccessDeniedException', 'coordination_refused'],
  [400, 'ResourceNotFoundException', 'coordination_refused'],
])('a permanent %i %s is an UnavailableError', async (status, name, code) => {
  await setUp((request, response) => (isAbout('UpdateItem', request) ? fail(response, status, name) : undefined))

  await expect(coordination.write(key, {}, [])).rejects.toMatchObject({ name: 'UnavailableError', code })
})

test('the error for a missing table names the table', async () => {
  await setUp(() => undefined)
  const other = new DynamoCoordination({ table: 'nobody-made-it', endpoint: server.endpoint, credentials })

  await expect(other.read(key, consistent)).rejects.toMatchObject({
    code: 'coordination_refused',
    message: expect.stringContaining('nobody-made-it'),
  })
})

test('the retry of a write whose reply was lost is refused by its own condition, so the write happens only once', async () => {
  let losses = 1
  await setUp((request, response) => {
    if (isAbout('UpdateItem', request) && losses-- > 0) loseReply(response)
    return undefined
  })

  const outcome = await coordination.write(key, { append: { list: [1] } }, [{ attribute: 'list', is: 'absent' }])

  expect(outcome).toBe('refused')
  expect((await coordination.read(key, consistent))?.attributes).toEqual({ list: [1] })
})

test('only consistent reads request consistency, which doubles the price', async () => {
  const requested: unknown[] = []
  await setUp((request) => {
    if (!isAbout('GetItem', request) && !isAbout('Query', request)) return undefined
    // A separate listener would start the flow of the body before dynalite listens.
    const emit = request.emit.bind(request) as (name: string | symbol, ...values: unknown[]) => boolean
    request.emit = (name: string | symbol, ...values: unknown[]) => {
      if (name === 'data') requested.push(JSON.parse(String(values[0])).ConsistentRead)
      return emit(name, ...values)
    }
    return undefined
  })

  for (const consistent of [true, false]) {
    await coordination.read(key, { consistent })
    for await (const _ of coordination.query('p', 's', { consistent })) break
  }

  expect(requested).toEqual([true, true, false, false])
})

test('a row above 400 KB exceeds a limit', async () => {
  await setUp(() => undefined)

  const writing = coordination.write(key, { set: { bytes: new Uint8Array(450_000) } }, [])

  await expect(writing).rejects.toBeInstanceOf(LimitExceededError)
})

test('an unknown error is passed on unchanged', () => {
  const strange = Object.assign(new Error('?'), { name: 'ValidationException', $metadata: { httpStatusCode: 400 } })

  expect(translateDynamoError(strange, 'table')).toBe(strange)
})

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

async function setUp(intercept: NonNullable<DynamoServerOptions['intercept']>): Promise<void> {
  server = await startDynamoServer({ intercept })
  coordination = new DynamoCoordination({ table: 'table', endpoint: server.endpoint, credentials })
  await coordination.createTable()
}

function isAbout(operation: string, request: { headers: { [name: string]: unknown } }): boolean {
  return String(request.headers['x-amz-target']).endsWith(`.${operation}`)
}

function fail(response: ServerResponse, status: number, name: string): 'answered' {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'injected' })
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
  return 'answered'
}

/** Lets the server do the request, then closes the connection without an answer. */
function loseReply(response: ServerResponse): void {
  response.end = (() => {
    response.destroy()
    return response
  }) as typeof response.end
}
