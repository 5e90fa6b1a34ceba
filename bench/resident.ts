import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PrismServer } from './hostile/prism-server.ts'
import { folderSize } from './measure/folder-size.ts'
import { describeMachine } from './report/machine.ts'
import { digits, megabytes, table } from './report/table.ts'

/**
 * Measures what a server over a folder holds in memory and on disk. Writes about 17 MB of documents, then replaces and
 * deletes them in small batches, with twenty commits per second, while they are searched and read. Shows memory and files every half
 * minute.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    /** Commits per second. */
    rate: { type: 'string', default: '20' },
    /** Ignored, because there are no peers; accepted because the other benchmarks accept it. */
    engines: { type: 'string', default: 'prism' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const MINUTES = Number(options.minutes ?? (options.tiny ? 0.1 : 10))
const DOCUMENTS = options.tiny ? 500 : 17_000
const BATCH = 5
const SEARCHES_A_SECOND = 20
const READS_A_SECOND = 20
const SHOWN_EVERY_MS = options.tiny ? 2_000 : 30_000
const WORDS = 4_000

type Sample = {
  readonly minute: number
  readonly rss: number
  readonly heap: number
  readonly external: number
  readonly files: number
  readonly disk: number
  readonly caches: number
}

const data = `${options.cache}/indexes/resident`
rmSync(data, { recursive: true, force: true })
mkdirSync(data, { recursive: true })
const server = new PrismServer(new URL('../../../../dist/prism.js', import.meta.url).pathname, data)
await server.start()
let random = 1
let failures = 0
for (let from = 0; from < DOCUMENTS; from += 500) {
  await send('POST', '/documents', documents(from, Math.min(500, DOCUMENTS - from)))
}
const samples: Sample[] = [await sample(0)]
const startMs = performance.now()
const endMs = startMs + MINUTES * 60_000
await Promise.all([
  repeat(Number(options.rate), () => send('POST', '/documents', documents(next(DOCUMENTS), BATCH))),
  repeat(1, () => send('DELETE', `/documents/d${next(DOCUMENTS)}`)),
  repeat(SEARCHES_A_SECOND, () => send('POST', '/search', request())),
  repeat(READS_A_SECOND, () => send('GET', `/documents/d${next(DOCUMENTS)}`)),
  show(),
])
const after = samples.at(-1)!
await server.kill()
report()

async function show(): Promise<void> {
  for (let at = startMs + SHOWN_EVERY_MS; at <= endMs; at += SHOWN_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())))
    const taken = await sample((performance.now() - startMs) / 60_000)
    samples.push(taken)
    console.log(
      `${digits(taken.minute)} min: ${megabytes(taken.rss)} MB resident, ${taken.files} files, ${megabytes(taken.disk)} MB on disk`,
    )
  }
}

/** Begins `rate` requests per second, but none while that many are under way. */
async function repeat(rate: number, begin: () => Promise<unknown>): Promise<void> {
  const underWay = new Set<Promise<unknown>>()
  for (let at = startMs; at < endMs; at += 1e3 / rate) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())))
    if (underWay.size >= rate) continue
    const request = begin().finally(() => underWay.delete(request))
    underWay.add(request)
  }
  await Promise.all(underWay)
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${server.address}/collections/items${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => undefined)
  const text = await response?.text()
  // A document may just have been deleted.
  if (!response?.ok && response?.status !== 404) failures++
  return text
}

async function sample(minute: number): Promise<Sample> {
  const text = await (await fetch(`${server.address}/metrics`)).text()
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    minute,
    rss: server.residentBytes(),
    heap: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    files: readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length,
    disk: folderSize(data),
    caches: metric('prism_cache_bytes'),
  }
}

function documents(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `d${(from + i) % DOCUMENTS}`,
    title: words(6),
    body: words(120),
    year: 1900 + next(120),
    tags: [`t${next(20)}`, `t${next(20)}`],
  }))
}

function request() {
  const kinds = [
    { query: words(1) },
    { query: words(3), filter: { year: { gte: 1950 } } },
    { query: `"${words(2)}"` },
    { query: `w${next(40)}*`, limit: 20 },
    { filter: { tags: { eq: `t${next(20)}` } }, sort: ['-year'] },
  ]
  return kinds[next(kinds.length)]!
}

/** Random words with a skewed distribution: words of low rank are more frequent. */
function words(count: number): string {
  return Array.from({ length: count }, () => `w${Math.floor((next(WORDS) * next(WORDS)) / WORDS)}`).join(' ')
}

/** The next whole number below `end` of a seeded sequence. */
function next(end: number): number {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((random / 2 ** 32) * end)
}

function report(): void {
  const header = ['minute', 'resident MB', 'heap MB', 'external MB', 'caches MB', 'files', 'disk MB']
  const rows = samples.map(({ minute, rss, heap, external, caches, files, disk }) => [
    digits(minute),
    ...[rss, heap, external, caches].map(megabytes),
    String(files),
    megabytes(disk),
  ])
  const { cpu, cores, node, load } = describeMachine()
  const machine = `${cpu}, ${cores} cores, Node ${node}, load ${load}`
  console.log(`\n${machine}\n\n${table(header, rows)}\n\n${failures} requests failed`)
  if (options.tiny) return
  const results = `${options.cache}/results`
  if (!existsSync(results)) mkdirSync(results, { recursive: true })
  writeFileSync(`${results}/resident.json`, JSON.stringify({ machine: describeMachine(), after, samples, failures }))
}
