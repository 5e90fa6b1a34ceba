import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import { errorOfAnswer } from '../../core/client/remote-errors.ts'

const body = (code: string) => JSON.stringify({ error: { code, message: 'm', details: { a: 1 } } })

test.each([
  [400, 'invalid_query', 'InvalidRequestError'],
  [404, 'collection_not_found', 'NotFoundError'],
  [405, 'method_not_allowed', 'InvalidRequestError'],
  [409, 'collection_exists', 'ConflictError'],
  [413, 'body_too_large', 'LimitExceededError'],
  [415, 'unsupported_media_type', 'InvalidRequestError'],
  [429, 'overloaded', 'UnavailableError'],
  [500, 'corrupt_segment', 'CorruptDataError'],
  [500, 'object_lost', 'CorruptDataError'],
  [500, 'internal_error', 'InternalError'],
  [503, 'unavailable', 'UnavailableError'],
  [503, 'outcome_unknown', 'OutcomeUnknownError'],
])('%i %s comes back as %s', (status, code, name) => {
  expect(errorOfAnswer(status, body(code), 'http://h')).toMatchObject({ name, code, details: { a: 1 } })
})

test('an answer that is none of Prism’s says so', () => {
  expect(errorOfAnswer(502, '<html>bad gateway', 'http://h')).toMatchObject({
    name: 'UnavailableError',
    message: "http://h answered 502 without an error of Prism's: is it a Prism server?",
  })
})

test('a write whose connection broke may have happened; a read just failed', async () => {
  const server = createServer((request) => request.socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const engine = openRemoteEngine({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })

  await expect(engine.writeDocuments('c', [{}])).rejects.toMatchObject({ name: 'OutcomeUnknownError' })
  await expect(engine.search('c', {})).rejects.toMatchObject({ name: 'UnavailableError' })
  server.close()
})

test.each(['search', 'count', 'analyze', 'get'])(
  'a lost reply to a write of something named %s is no lost read',
  async (name) => {
    const server = createServer((request) => request.socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const engine = openRemoteEngine({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    const unknown = { name: 'OutcomeUnknownError', code: 'outcome_unknown' }

    await expect(engine.putDocument('c', name, { title: 'sea' })).rejects.toMatchObject(unknown)
    await expect(engine.patchDocument('c', name, { title: 'sea' })).rejects.toMatchObject(unknown)
    await expect(engine.deleteDocument('c', name)).rejects.toMatchObject(unknown)
    await expect(engine.createCollection(name, {})).rejects.toMatchObject(unknown)
    await expect(engine.deleteCollection(name)).rejects.toMatchObject(unknown)
    await expect(engine.getCollection(name)).rejects.toMatchObject({ name: 'UnavailableError' })
    await expect(engine.getDocuments(name, ['a'])).rejects.toMatchObject({ name: 'UnavailableError' })
    server.close()
  },
)
