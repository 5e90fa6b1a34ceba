import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { open } from '../../core/open/open.ts'
import { startAwsEndpoint } from '../evaluation/aws-endpoint.ts'
import { newFolder, prism } from './terminal.ts'

const PLACE = ['--s3', 'prism-cli', '--table', 'prism-cli']
let endpoint: string
let close: () => Promise<void>
let env: Record<string, string>

beforeAll(async () => {
  // The servers take any credentials, but the SDK wants some.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' })
  ;({ endpoint, close } = await startAwsEndpoint())
  env = { AWS_ENDPOINT_URL: endpoint }
})
afterAll(() => close())

test('a bucket and a table that are missing are one clear line', async () => {
  const { status, err } = await prism(['search', 'books', 'x', '--s3', 'no-bucket', '--table', 'no-table'], { env })

  expect(status).toBe(1)
  expect(err).toMatch(/^prism: .*no-table.*\n$/)
})

test('the same commands run on a bucket and a table, and say what it costs', async () => {
  const lines = '{"id":"1","title":"The Sea Wolf"}\n{"id":"2","title":"Moby-Dick"}'
  const imported = await prism(['import', 'books', '-', '--create', '--shards', '2', ...PLACE], { env, input: lines })
  const found = await prism(['search', 'books', 'wolf', ...PLACE], { env })
  const inspected = await prism(['inspect', 'books', '--json', ...PLACE], { env })
  const compacted = await prism(['compact', 'books', ...PLACE], { env })
  const deleted = await prism(['delete', 'books', ...PLACE], { env })

  expect([imported, found, inspected, compacted, deleted].map(({ err }) => err)).toEqual(['', '', '', '', ''])
  expect(imported.out).toContain('2 documents into books')
  expect(found.out).toMatch(/^1\. The Sea Wolf/)
  expect(found.out).toMatch(/\(\d+ requests?, .*, \$0\.0000\d+\)/)
  expect(JSON.parse(inspected.out)).toMatchObject({ documents: 2, shards: [{}, {}] })
  expect(deleted.out).toContain(`s3://prism-cli with table prism-cli at ${endpoint}`)
})

test('a bucket keeps what a snapshot holds, and loses what nothing needs', async () => {
  const run = (words: readonly string[], input = '') => prism([...words, ...PLACE], { env, input })
  await run(['import', 'kept', '-', '--create', '--shards', '2'], '{"id":"1","title":"wind"}\n{"id":"2","title":"sea"}')
  const made = await run(['snapshot', 'create', 'kept', 'before'])
  await run(['import', 'kept', '-'], '{"id":"1","title":"calm"}\n{"id":"2","title":"calm"}')
  const planned = await run(['gc', 'kept', '--retention=0s', '--dry-run'])
  const first = await run(['gc', 'kept', '--retention=0s'])
  const found = await run(['search', 'kept', 'wind', '--snapshot', 'before'])
  await run(['snapshot', 'delete', 'kept', 'before'])
  const second = await run(['gc', 'kept', '--retention=0s', '--json'])

  expect([made, planned, first, found, second].map(({ err }) => err)).toEqual(['', '', '', '', ''])
  expect(planned.out.split(',')[0]?.replace('would remove', 'removed')).toBe(first.out.split(',')[0])
  expect(found.out).toMatch(/^1\. wind/)
  expect(JSON.parse(second.out).garbage).toMatchObject({ shards: 2, failed: 0, left: 0 })
  expect(JSON.parse(second.out).garbage.objects).toBeGreaterThanOrEqual(2)
})

test('a table is rebuilt from its bucket, under another name, and all is sound', async () => {
  const place = (table: string) => ['--s3', 'prism-lost', '--table', table]
  const input = Array.from({ length: 300 }, (_, i) => `{"id":"${i}","title":"sea ${i}"}`).join('\n')
  await prism(['import', 'kept', '-', '--create', '--shards', '2', ...place('before')], { env, input })
  await prism(['import', 'gone', '-', ...place('before')], { env, input })
  const before = await prism(['search', 'kept', 'sea', '--json', ...place('before')], { env })
  await prism(['delete', 'gone', ...place('before')], { env })

  const rebuilt = await prism(['rebuild-table', '--create', ...place('after')], { env })
  const after = await prism(['search', 'kept', 'sea', '--json', ...place('after')], { env })
  const scrubbed = await prism(['scrub', ...place('after')], { env })

  expect([rebuilt.err, after.err, scrubbed.err]).toEqual(['', '', ''])
  expect(rebuilt.out).toMatch(/^kept: 300 documents in 2 shards\n(.*\n)*restored 1 collection in /)
  expect(JSON.parse(after.out).hits).toEqual(JSON.parse(before.out).hits)
  expect(scrubbed.out).toMatch(/^no damage: 1 collection, 2 shards/)
  expect((await prism(['rebuild-table', ...place('after')], { env })).err).toContain(
    'the table holds the collections "kept"',
  )
})

test('what memory has no room for can be cached on disk', async () => {
  const cacheFolder = join(await newFolder(), 'cache')
  const options = { bucket: 'prism-cli', table: 'prism-cli', endpoint, create: true, cacheFolder }
  const first = await open({ ...options, cacheBytes: 0 })
  await first.collection('cached').add([{ id: 'a', title: 'sea' }])
  const cold = await first.collection('cached').search({ query: 'sea' })
  await first.close()
  const second = await open({ ...options, cacheBytes: 0 })
  const warm = await second.collection('cached').search({ query: 'sea' })
  await second.close()

  expect(warm.hits).toEqual(cold.hits)
  expect(cold.cost.gets).toBeGreaterThan(0)
  expect(warm.cost.gets).toBe(0)
  expect(await readdir(cacheFolder)).not.toEqual([])
})
