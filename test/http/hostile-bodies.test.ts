import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { createApp } from '../../core/http/create-app.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { type Answer, caller, collectionOf, expectError } from './api/client.ts'

const MEGABYTE = 1024 * 1024

const engine = openMemoryEngine()
const app = createApp(engine)
const call = caller(() => ({ fetch: async (path, init) => app.request(path, init), close: async () => {} }))
const name = await collectionOf(call, [{ id: 'a', title: 'sea', kind: 'x', n: 1 }])

afterAll(() => engine.close())

/** Sends a body packed, as an attacker would: most of these are a few kilobytes on the way. */
function send(path: string, body: string | Uint8Array, type = 'application/json'): Promise<Answer> {
  const headers = { 'Content-Encoding': 'gzip', 'Content-Type': type }
  return call('POST', `/collections/${name}/${path}`, new Uint8Array(gzipSync(body, { level: 1 })), headers)
}

const list = (item: string, bytes: number) => `[${`${item},`.repeat(bytes / (item.length + 1))}${item}]`

test.each(['search', 'count', 'analyze', 'documents/get', 'documents/delete', 'documents/update'])(
  'a body of 32 MB is over the limit of POST %s before it is parsed',
  async (path) => {
    expectError(await send(path, Buffer.alloc(32 * MEGABYTE, '[')), 413, 'body_too_large', /at most/)
  },
)

test.each([
  ['search', 'fields'],
  ['search', 'include'],
  ['search', 'exclude'],
  ['search', 'sort'],
  ['search', 'at_version'],
  ['count', 'fields'],
  ['documents/get', 'ids'],
  ['documents/delete', 'ids'],
])('POST %s refuses millions of values in %s before it parses them', async (path, field) => {
  // What follows the list is no JSON: the parser would say so, had it been asked.
  expectError(await send(path, `{"${field}":${list('1', 7 * MEGABYTE)}!`), 413, 'json_too_large', /values/)
})

test.each([
  ['search', 'fields', 1_000],
  ['search', 'include', 1_000],
  ['search', 'exclude', 1_000],
  ['search', 'sort', 16],
  ['search', 'at_version', 256],
  ['documents/get', 'ids', 10_000],
  ['documents/delete', 'ids', 10_000],
])('POST %s takes no list %s of more than %i items', async (path, field, maximum) => {
  const answer = await send(path, `{"${field}":${list('true', 5 * (maximum + 1))}}`)

  expectError(answer, 413, 'limit_exceeded', `${field}: expected at most ${maximum} items`)
})

test('a batch is refused by its number of documents, operations, lines and values', async () => {
  const ndjson = 'application/x-ndjson'
  const millions = list('{}', 31 * MEGABYTE)

  expectError(await send('documents', millions), 413, 'json_too_large', /4194304 values/)
  expectError(await send('documents', `{"operations":${list('1', 30_000)}}`), 413, 'limit_exceeded', /10000/)
  expectError(await send('documents', `{"documents":${list('1', 30_000)}}`), 413, 'limit_exceeded', /10000/)
  expectError(await send('documents', list('1', 30_000)), 413, 'limit_exceeded', /10000/)
  expectError(await send('documents', 'x\n'.repeat(16 * MEGABYTE), ndjson), 413, 'batch_too_large', /10000/)
  expectError(await send('documents', `${millions}\n`, ndjson), 413, 'json_too_large')
  // Lines without anything in them are no documents, however many there are.
  expect((await send('documents', '\n'.repeat(32 * MEGABYTE), ndjson)).body).toMatchObject({ indexed: 0, failed: 0 })
})

test('an object may not have a hundred thousand members, be it a request or a document', async () => {
  const members = `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join()}}`

  for (const path of ['search', 'analyze', 'documents/delete']) {
    expectError(await send(path, members), 413, 'json_too_large', /members/)
  }
  expectError(await send('documents', `[${members}]`), 413, 'json_too_large', /members/)
})

test('a text to analyze has a limit of its own', async () => {
  const text = 'a '.repeat(32_768)

  expect((await send('analyze', JSON.stringify({ language: 'english', text }))).status).toBe(200)
  expectError(await send('analyze', JSON.stringify({ language: 'english', text: `${text}a` })), 413, 'limit_exceeded')
})

/** Lengths of `…` in the templates: short enough for what is behind the first check, and far too long. */
const LENGTHS = [300, 500, 5_000, 100_000]
const ADDRESS_LENGTHS = [300, 5_000]

test.each([
  ['search', '{"…": 1}'],
  ['search', '{"query": {"match": "a", "…": 1}}'],
  ['search', '{"query": {"match": "a", "operator": "…"}}'],
  ['search', '{"query": "…"}'],
  ['search', '{"query": "…:("}'],
  ['search', '{"query": "n:…"}'],
  ['search', '{"query": "n:[… TO 1]"}'],
  ['search', '{"operator": "…"}'],
  ['search', '{"fields": ["…"]}'],
  ['search', '{"fields": ["title^…"]}'],
  ['search', '{"sort": ["…"]}'],
  ['search', '{"include": ["…"], "exclude": ["…"]}'],
  ['search', '{"filter": {"…": 1}}'],
  ['search', '{"filter": {"…": {"…": 1}}}'],
  ['search', '{"filter": {"kind": {"…": 1}}}'],
  ['search', '{"filter": {"kind": {"eq": {"…": 1}}}}'],
  ['search', '{"filter": {"n": "…"}}'],
  ['search', '{"filter": {"n": {"gte": "…"}}}'],
  ['search', '{"filter": {"and": [{"…": []}]}}'],
  ['search', '{"filter": {"field": "…", "eq": 1}}'],
  ['search', '{"session": "…"}'],
  ['search', '{"snapshot": "…"}'],
  ['search', '{"at_time": "…"}'],
  ['search', '{"consistency": "…"}'],
  ['analyze', '{"text": "a", "field": "…"}'],
  ['analyze', '{"text": "a", "language": "…"}'],
  ['documents/get', '{"ids": ["…"], "…": 1}'],
  ['documents/delete', '{"…": 1}'],
  ['documents/delete', '{"ids": ["…"]}'],
  ['documents/delete', '{"filter": {"…": 1}}'],
  ['documents/delete', '{"filter": {}, "cursor": "…"}'],
  ['documents/update', '{"filter": {}, "patch": {"id": "…"}}'],
  ['documents', '{"…": 1}'],
  ['documents', '{"operations": [{"…": 1}]}'],
  ['documents', '{"operations": [{"patch": {"id": "…"}, "id": "a"}]}'],
  ['documents', '{"operations": [{"patch": {}, "id": "…"}]}'],
  ['documents', '{"operations": [{"put": {"id": "…"}, "if_version": "…"}]}'],
  ['documents', '{"operations": [{"put": {"id": "…"}, "if_present": true}]}'],
  ['documents', '{"documents": [{"id": "…"}, {"id": "…\\ud800"}, {"n": "…"}, {"…": {}}, {"…": 1}]}'],
  ['documents', '{"documents": [{"id": "…", "a": {"…": "…"}, "b": "…"}], "atomic": "…"}'],
  ['documents', '{"upload": "…"}'],
  ['uploads', '{"format": "…"}'],
  ['snapshots', '{"name": "…"}'],
  ['branches', '{"name": "…"}'],
  ['branches', '{"name": "b", "snapshot": "…"}'],
  ['restore', '{"snapshot": "…"}'],
])('POST %s repeats at most 200 characters of what is wrong: %s', async (path, template) => {
  for (const length of LENGTHS) {
    const answer = await send(path, template.replaceAll('…', 'x'.repeat(length)))
    expectShortMessages(answer.body)
  }
})

test.each([
  ['…', '{}'],
  ['new', '{"…": 1}'],
  ['new', '{"settings": {"…": 1}}'],
  ['new', '{"settings": {"min_successful_shards": "…"}}'],
  ['new', '{"schema": {"…": 1}}'],
  ['new', '{"schema": {"fields": {"…": "…"}}}'],
  ['new', '{"schema": {"fields": {"a": "…"}}}'],
  ['new', '{"schema": {"fields": {"a": {"type": "…"}}}}'],
  ['new', '{"schema": {"fields": {"a": {"type": "text", "…": 1}}}}'],
  ['new', '{"schema": {"fields": {"a": {"type": "text", "language": "…"}}}}'],
  ['new', '{"schema": {"default_fields": ["…"]}}'],
])('PUT /collections/%s repeats at most 200 characters of what is wrong: %s', async (path, template) => {
  for (const length of ADDRESS_LENGTHS) {
    const long = 'x'.repeat(length)
    const answer = await call('PUT', `/collections/${path.replace('…', long)}`, template.replaceAll('…', long))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expectShortMessages(answer.body)
  }
})

test.each([
  'search?…=1',
  'search?fields=,…',
  'search?filter=…',
  'documents/y…',
  'documents/…%ff',
  'documents?cursor=…',
  '…',
])('GET %s repeats at most 200 characters of an address', async (template) => {
  for (const length of ADDRESS_LENGTHS) {
    const answer = await call('GET', `/collections/${name}/${template.replace('…', 'x'.repeat(length))}`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expectShortMessages(answer.body)
  }
})

/** Every message in an answer repeats no more than 200 characters of the one long text, and none is long. */
function expectShortMessages(answer: unknown): void {
  const text = JSON.stringify(answer)

  expect(text.length).toBeLessThan(20_000)
  for (const [, message] of text.matchAll(/"message":"((?:[^"\\]|\\.)*)"/g)) {
    expect(message!.length).toBeLessThanOrEqual(1_000)
    expect(/x{201}/.test(message!), message).toBe(false)
  }
}
