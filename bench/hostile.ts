import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pause, post, type Watched, watch } from './hostile/bystander.ts'
import { SCHEMA, writeDocuments } from './hostile/hostile-documents.ts'
import { type HostileRequest, hostileRequests } from './hostile/hostile-requests.ts'
import { PrismServer } from './hostile/prism-server.ts'
import { describeMachine } from './report/machine.ts'
import { digits, megabytes, seconds, table } from './report/table.ts'

/**
 * Sends the worst requests that the limits admit to a real server, each alone and sixteen at once. Measures how long they take,
 * how they end, and how much they delay simple searches of a bystander. Ends with status 1 if a request gets no answer or
 * an internal error.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    documents: { type: 'string' },
    /** Part of the names of the requests to send. */
    only: { type: 'string', default: '' },
    timeout: { type: 'string' },
    /** Ignored, because there are no peers; accepted because the other benchmarks accept it. */
    engines: { type: 'string', default: 'prism' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const DOCUMENTS = Number(options.documents ?? (options.tiny ? 300 : 1_000_000))
/** The timeout that each request sets. */
const TIMEOUT_MS = Number(options.timeout ?? 2_000)
/** After this time a request is given up and the server is restarted. */
const GIVEN_UP_MS = options.tiny ? 30_000 : 10_000
const QUIET_MS = options.tiny ? 500 : 5_000
/** How much longer a bystander's search may take than on a quiet server. */
const DELAY_MS = 50
const AT_ONCE = options.tiny ? 2 : 16

type Ending = { readonly status: number | 'none'; readonly code: string; readonly ms: number }
type Measured = { readonly name: string; readonly alone: Watched<Ending[]>; readonly together: Watched<Ending[]> }

const script = new URL('../../../../dist/prism.js', import.meta.url).pathname
const server = new PrismServer(script, await openData())
await server.start()
// The first searches are slow for other reasons.
await watch(server, () => pause(QUIET_MS))
const quiet = await watch(server, () => pause(QUIET_MS))
const measured: Measured[] = []
for (const request of hostileRequests(TIMEOUT_MS).filter(({ name }) => name.includes(options.only))) {
  const alone = await measure(request, 1)
  const together = await measure(request, AT_ONCE)
  measured.push({ name: request.name, alone, together })
  console.error(rowOf(measured.at(-1)!).join(' | '))
}
await server.kill()
report()

/** Makes the folder with the documents, unless an earlier run with the same number made it. */
async function openData(): Promise<string> {
  const folder = `${options.cache}/indexes/hostile-${DOCUMENTS}`
  if (existsSync(folder)) {
    if (prism('inspect', 'documents', '--data', folder) === 0) return folder
    console.error('the documents have an older format and are written again …')
    rmSync(folder, { recursive: true })
  }
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  writeFileSync(`${making}/schema.json`, JSON.stringify(SCHEMA))
  await writeDocuments(`${making}/documents.jsonl`, DOCUMENTS)
  const data = `${making}/data`
  const words = ['documents', `${making}/documents.jsonl`, '--schema', `${making}/schema.json`, '--data', data]
  if (prism('import', ...words) !== 0 || prism('compact', 'documents', '--data', data) !== 0) {
    throw new Error('the documents could not be imported')
  }
  renameSync(data, folder)
  rmSync(making, { recursive: true })
  return folder
}

function prism(...args: readonly string[]): number | null {
  return spawnSync(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] }).status
}

async function measure(request: HostileRequest, times: number): Promise<Watched<Ending[]>> {
  const watched = await watch(server, () => Promise.all(Array.from({ length: times }, () => end(request))))
  if (server.hasEnded || watched.result.some(({ status }) => status === 'none')) {
    await server.kill()
    await server.start()
    await watch(server, () => pause(200))
  }
  return watched
}

async function end({ path, body }: HostileRequest): Promise<Ending> {
  const started = performance.now()
  const ending = (status: Ending['status'], code: string): Ending => ({ status, code, ms: performance.now() - started })
  try {
    const signal = AbortSignal.timeout(GIVEN_UP_MS)
    const answer = await fetch(server.address + path, { ...post(body), signal })
    return ending(answer.status, codeOf((await answer.json()) as AnyAnswer))
  } catch (error) {
    return ending('none', whyNone(error))
  }
}

function whyNone(error: unknown): string {
  if (!(error instanceof Error)) return 'cut off'
  if (error.name === 'TimeoutError') return 'given up'
  return `cut off (${error.cause instanceof Error ? error.cause.message : error.message})`
}

type AnyAnswer = {
  readonly error?: { readonly code: string }
  readonly shards?: { readonly failures: readonly { readonly reason: string }[] }
  readonly results?: readonly AnyAnswer[]
}

function codeOf({ error, shards, results }: AnyAnswer): string {
  if (results !== undefined) return [...new Set(results.map(codeOf))].join('+')
  return error?.code ?? shards?.failures[0]?.reason.slice(0, 30) ?? 'ok'
}

function rowOf({ name, alone, together }: Measured): string[] {
  const ends = (watched: Watched<Ending[]>) => [
    ...new Set(watched.result.map(({ status, code }) => `${status} ${code}`)),
  ]
  const slowest = (watched: Watched<Ending[]>) => seconds(Math.max(...watched.result.map(({ ms }) => ms)))
  const cells = (watched: Watched<Ending[]>) => [
    ends(watched).join(', '),
    slowest(watched),
    digits(watched.p99Ms),
    digits(watched.stalledMs),
    megabytes(watched.residentBytesMax),
  ]
  return [name, ...cells(alone), ...cells(together)]
}

function report(): void {
  const own = ['ends', 's', 'bystander p99 ms', 'stalled ms', 'RSS MB']
  const header = ['request', ...own, ...own.map((title) => `${AT_ONCE}: ${title}`)]
  mkdirSync(`${options.cache}/results`, { recursive: true })
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const result = { machine: describeMachine(), documents: DOCUMENTS, timeoutMs: TIMEOUT_MS, quiet, measured }
  writeFileSync(`${options.cache}/results/hostile-${DOCUMENTS}-${stamp}.json`, JSON.stringify(result, null, 1))
  console.log(JSON.stringify(result.machine))
  console.log(
    `${DOCUMENTS} documents; a quiet server: p99 ${digits(quiet.p99Ms)} ms, ${megabytes(quiet.residentBytesMax)} MB\n`,
  )
  console.log(table(header, measured.map(rowOf)))
  const runs = measured.flatMap(({ alone, together }) => [alone, together])
  const endings = runs.flatMap(({ result }) => result)
  const delayed = runs.filter(({ p99Ms }) => p99Ms > quiet.p99Ms + DELAY_MS).length
  const late = endings.filter(({ ms }) => ms > TIMEOUT_MS + 1_000).length
  const broken = endings.filter(({ status }) => status === 'none' || status === 500).length
  const most = Math.max(...runs.map(({ residentBytesMax }) => residentBytesMax))
  console.log(
    `\n${runs.length} runs: in ${delayed} a bystander waited more than ${DELAY_MS} ms longer; of ${endings.length} requests`,
  )
  console.log(
    `${late} ended over a second late and ${broken} without an answer or with an internal error; at most ${megabytes(most)} MB`,
  )
  if (broken > 0) process.exitCode = 1
}
