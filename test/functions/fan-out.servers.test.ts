import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { type Answer, type Call, caller, expectError, idsOf, newName } from '../http/api/client.ts'
import type { Deployment } from '../lambda/start-deployment.ts'
import { type Platform, startPlatform } from './deployed.ts'

/** Shards of leaf 2 of 4. */
const SHARDS_OF_LEAF_2 = [2, 6, 10, 14]

let platform: Platform | undefined
let deployment: Deployment
const lines: string[] = []
/** Errors that the log has to have, and no others: code and request. */
const expectedErrors: string[] = []

beforeAll(async () => {
  platform = await startPlatform((line) => lines.push(line))
  deployment = await platform.deploy({ apiEnv: { PRISM_FAN_OUT: 'always' } })
})

afterAll(async () => {
  await platform?.close()
})

const call: Call = (...request) =>
  caller(() => ({ fetch: (path, init) => fetch(deployment.address + path, init), close: async () => {} }))(...request)

function books(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `b${i}`,
    title: ['laminar flow of heat', 'heat and flow', 'the wing', 'boundary layers in flow'][i % 4]!,
    text: `number ${i} of many words about flow ${'and heat '.repeat(i % 7)}`,
    year: 1950 + (i % 30),
  }))
}

async function writeBooks(shards: number, count: number): Promise<string> {
  const name = newName()
  await call('PUT', `/collections/${name}`, { shards })
  const { body } = await call('POST', `/collections/${name}/documents`, { documents: books(count) })
  expect(body).toMatchObject({ indexed: count, failed: 0 })
  return name
}

describe('16 shards over a pool of 4 leaves', () => {
  let name: string
  beforeAll(async () => {
    name = await writeBooks(16, 2_000)
  })

  test('ids, order, scores and totals equal those of one engine in one process', async () => {
    const engine = openMemoryEngine()
    await engine.writeDocuments(name, books(2_000))
    const requests = [
      { query: 'flow heat', limit: 50 },
      { query: '"laminar flow" OR wing', limit: 20, offset: 5 },
      { query: 'bounda* -heat', filter: { year: { gte: 1960 } }, sort: ['-year', 'id'] },
      { query: 'flwo~1', total: 100 },
      { limit: 30 },
    ]
    for (const request of requests) {
      const { body } = await call('POST', `/collections/${name}/search`, { ...request, explain: true })
      const expected = await engine.search(name, request)

      expect(body.explain.execution, JSON.stringify(body)).toBe('leaves')
      expect(body.hits, JSON.stringify(request)).toEqual(expected.hits)
      expect([body.total, body.total_relation]).toEqual([expected.total, expected.total_relation])
    }
    await engine.close()
  })

  test('each leaf is invoked once per search, and warm leaves read nothing', async () => {
    const request = { query: 'wing', explain: true, consistency: 'strong' }
    await call('POST', `/collections/${name}/search`, request)
    const before = deployment.leaves.map(({ counts }) => counts.invocations)

    const { body } = await call('POST', `/collections/${name}/search`, request)

    expect(deployment.leaves.map(({ counts }, i) => counts.invocations - before[i]!)).toEqual([1, 1, 1, 1])
    expect(body.cost).toMatchObject({ gets: 0, bytes: 0, rounds: 0 })
    expect(body.cost.usd).toBeGreaterThan(5 * 0.2e-6)
  })

  test('if a leaf is killed during a search, the answer omits its shards and names them', async () => {
    const startedMs = performance.now()
    const request = { query: 'flow', limit: 1_000, partial_results_timeout_ms: 20_000 }

    const { status, body } = await searchAndKillLeaf2(name, request)

    expect(status).toBe(200)
    expect(performance.now() - startedMs).toBeLessThan(20_000)
    expect(body.shards).toMatchObject({ total: 16, successful: 12, failed: 4 })
    expect(body.shards.failures.map(({ shard }: { shard: number }) => shard)).toEqual(SHARDS_OF_LEAF_2)
    expect(body.shards.failures[0].reason).toMatch(/^a part of this deployment cannot be reached right now/)
    expect(body.total_relation).toBe('gte')
    expect(body.hits.length).toBeGreaterThan(500)
  })

  test('without partial results the answer is a 503 that names them, and the next search is complete', async () => {
    const request = { query: 'flow', allow_partial_results: false }

    const answer = await searchAndKillLeaf2(name, request)

    expectError(answer, 503, 'shards_unavailable', '12 of 16 shards')
    expectedErrors.push(`shards_unavailable of ${answer.headers.get('x-request-id')}`)
    expect(answer.headers.get('retry-after')).toBe('1')
    const { shards } = answer.body.error.details
    expect(shards.failures.map(({ shard }: { shard: number }) => shard)).toEqual(SHARDS_OF_LEAF_2)
    expect((await call('POST', `/collections/${name}/search`, request)).body.shards.failed).toBe(0)
  })

  test('an answer omits the shards of a leaf that waits too long for its storage', async () => {
    expect(deployment.leaves[2]!.killAll()).toBeGreaterThan(0)
    const waiting = platform!.objects.close(/\/s\/2\/seg\//)
    const request = { query: 'flow', partial_results_timeout_ms: 5_000 }

    const asked = call('POST', `/collections/${name}/search`, request)
    await waiting
    const { body } = await asked
    platform!.objects.open()

    // A leaf gives up a shard before its root does, so its other shards still arrive.
    expect(body.shards.failures).toEqual([
      { shard: 2, reason: expect.stringMatching(/^no answer within (\d+ of )?\d+ ms, waiting for its /) },
    ])
  })
})

test('with hedging, a leaf that takes longer than most gets a second request, and the search is complete', async () => {
  const hedged = await platform!.deploy({ apiEnv: { PRISM_FAN_OUT: 'always', PRISM_HEDGE: 'on' } })
  const ask: Call = (...request) =>
    caller(() => ({ fetch: (path, init) => fetch(hedged.address + path, init), close: async () => {} }))(...request)
  await ask('PUT', '/collections/books', { shards: 16 })
  await ask('POST', '/collections/books/documents', { documents: books(500) })
  const search = () => ask('POST', '/collections/books/search', { query: 'flow', partial_results_timeout_ms: 20_000 })
  for (let i = 0; i < 10; i++) await search()
  hedged.leaves[2]!.killAll()
  const before = hedged.leaves[2]!.counts.invocations
  const stuck = platform!.objects.close(/\/s\/2\/seg\//, 1)

  const { body } = await search()

  await stuck
  platform!.objects.open()
  expect(body.shards.failed).toBe(0)
  expect(hedged.leaves[2]!.counts.invocations - before).toBe(2)
})

/** Searches while leaf 2 has nothing in memory, and kills the leaf while it waits for its first segment. */
async function searchAndKillLeaf2(name: string, request: object): Promise<Answer> {
  deployment.leaves[2]!.killAll()
  const started = deployment.leaves[2]!.nextInvocation()
  const answer = call('POST', `/collections/${name}/search`, request)
  const { kill } = await started
  await platform!.objects.close(/\/s\/2\/seg\//)
  kill()
  platform!.objects.open()
  return answer
}

test('a warm search of one shard reads one row and no object, and an eventual search within the bound reads neither', async () => {
  const { address } = await platform!.deploy()
  const ask: Call = (...request) =>
    caller(() => ({ fetch: (path, init) => fetch(address + path, init), close: async () => {} }))(...request)
  await ask('POST', '/collections/books/documents', { documents: books(500) })
  const search = (request: object) => ask('POST', '/collections/books/search', { query: 'flow heat', ...request })
  await search({})
  platform!.takeRowRequests()

  const strong = await search({ consistency: 'strong', explain: true })
  const rowsOfStrong = platform!.takeRowRequests()
  const eventual = await search({})
  const rowsOfEventual = platform!.takeRowRequests()

  expect(strong.body.explain.execution).toBe('in_process')
  expect(strong.body.cost).toMatchObject({ gets: 0, bytes: 0, rounds: 0 })
  expect(rowsOfStrong).toEqual(['GetItem'])
  expect(eventual.body.cost).toMatchObject({ gets: 0, bytes: 0, rounds: 0 })
  expect(rowsOfEventual).toEqual([])
  expect(eventual.body.snapshot.staleness_ms).toBeLessThan(1_000)
})

test('an answer beyond Lambda’s limit is refused, and the streaming address sends it', async () => {
  const name = newName()
  const text = 'long "quoted" words '.repeat(400)
  const documents = Array.from({ length: 1_000 }, (_, i) => ({ id: `d${i}`, text: `${text}${i}` }))
  for (let from = 0; from < 1_000; from += 250) {
    const { body } = await call('POST', `/collections/${name}/documents`, documents.slice(from, from + 250))
    expect(body).toMatchObject({ indexed: 250 })
  }
  const request = { limit: 1_000 }

  expectError(await call('POST', `/collections/${name}/search`, request), 413, 'answer_too_large', /limit/)
  const streamed = await fetch(`${deployment.streamAddress}/collections/${name}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  const { hits } = (await streamed.json()) as { hits: { document: { text: string } }[] }
  expect(streamed.status).toBe(200)
  expect(hits).toHaveLength(1_000)
  expect(hits[0]!.document.text.startsWith(text)).toBe(true)
})

test('a batch beyond the platform’s limit is refused with a hint to upload it, and the upload succeeds', async () => {
  const name = newName()
  const documents = Array.from({ length: 5_000 }, (_, i) => ({ id: `d${i}`, text: `words ${i} `.repeat(100) }))
  const lines = documents.map((one) => JSON.stringify(one)).join('\n')
  expect(lines.length).toBeGreaterThan(4_500_000)

  const refused = await call('POST', `/collections/${name}/documents`, lines.slice(0, 5_000_000), {
    'Content-Type': 'application/x-ndjson',
  })
  const { body: ticket } = await call('POST', `/collections/${name}/uploads`, { bytes: Buffer.byteLength(lines) })
  const put = await fetch(ticket.url, { method: 'PUT', body: lines })
  const written = await call('POST', `/collections/${name}/documents`, { upload: ticket.upload })

  expect(refused.status).toBe(413)
  expect(put.status).toBe(200)
  expect(written.body).toMatchObject({ indexed: 5_000, failed: 0 })
  expect(await idsOf(call, name, { query: 'words', limit: 3 })).toHaveLength(3)
})

test('one scheduled function compacts the segments of writes, and the other collects deleted data', async () => {
  const name = await writeBooks(1, 10)
  for (let i = 0; i < 20; i++) await call('PUT', `/collections/${name}/documents/x${i}`, { title: `flow ${i}` })
  const before = (await call('GET', `/collections/${name}`)).body

  await deployment.compact.invoke('{}')
  const merged = (await call('GET', `/collections/${name}`)).body
  await call('DELETE', `/collections/${name}`)
  const collected = await deployment.collectGarbage.invoke('{}')

  expect(before.documents).toBe(30)
  expect(merged.segments).toBeLessThanOrEqual(8)
  expect(merged.documents).toBe(30)
  expect(JSON.stringify(collected)).not.toMatch(/errorType/)
  const errors = lines
    .filter((line) => line.includes('"level":"error"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as { code: string; request_id: string })
  expect(errors.map(({ code, request_id }) => `${code} of ${request_id}`)).toEqual(expectedErrors)
})
