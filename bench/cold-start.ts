import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { SearchAnswer, SearchRequest } from '../core/contract/search-request.ts'
import { buildFunctions } from '../test/lambda/deployed-functions.ts'
import type { InvocationReport } from '../test/lambda/host/invocation.ts'
import { type Deployment, startDeployment } from '../test/lambda/start-deployment.ts'
import { dollarsOf, type Usage } from './cold-start/billing.ts'
import { type Init, measureInit } from './cold-start/init.ts'
import { CREDENTIALS, collectionOf, type ServedCorpus, serveCorpus } from './cold-start/serve-corpus.ts'
import { measureWrites } from './cold-start/writes.ts'
import { openCorpus } from './corpora/corpus.ts'
import { openQueries } from './corpora/query-mix.ts'
import { toRequest } from './engines/prism-request.ts'
import { median, percentile } from './measure/statistics.ts'
import { describeMachine } from './report/machine.ts'
import { digits, table } from './report/table.ts'

/**
 * Measures cold starts of deployed functions: how long loading each bundle takes, and what a
 * search takes and costs if its functions have never run, if they have run but not for these
 * words, and if everything is in memory. The bundled functions run in separate processes,
 * over models of S3 and DynamoDB.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    corpus: { type: 'string' },
    /** New deployments per layout. */
    runs: { type: 'string' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const CORPUS = options.corpus ?? (options.tiny ? 'sentences-tiny' : 'sentences-100k')
const RUNS = Number(options.runs ?? (options.tiny ? 1 : 10))
const INITS = options.tiny ? 1 : 20
const LAYOUTS = [1, 4, 16]
const LEAVES = 4

const STATES = ['cold functions', 'warm functions, other words', 'warm, same words', 'warm, strong'] as const
type Measured = { readonly layout: string; readonly state: string; readonly runs: readonly Usage[] }

const bundlesFolder = await mkdtemp(join(tmpdir(), 'prism-cold-start-'))
const bundles = await buildFunctions(bundlesFolder)
const inits = new Map<string, Init[]>()
for (const [name, bundle] of Object.entries(bundles)) {
  const measured: Init[] = []
  for (let i = 0; i < INITS; i++) measured.push(await measureInit(bundle))
  inits.set(name, measured)
}
const corpus = await openCorpus(CORPUS, options.cache)
const queries = (await openQueries(corpus)).filter(({ kind }) => kind === 'or').map((query) => toRequest(query, corpus))
const served = await serveCorpus(corpus, LAYOUTS)
const results: Measured[] = []
for (const shards of LAYOUTS) {
  for (const fanOut of shards === 1 ? ['never'] : ['never', 'always'])
    results.push(...(await measureLayout(shards, fanOut)))
}
const writes = await measureWrites(served, corpus, bundlesFolder)
await served.close()
await rm(bundlesFolder, { recursive: true })
report()

async function measureLayout(shards: number, fanOut: string): Promise<Measured[]> {
  const layout = `${shards} shard${shards === 1 ? '' : 's'}, ${fanOut === 'never' ? 'in process' : `${LEAVES} leaves`}`
  const runs = STATES.map((): Usage[] => [])
  for (let run = 0; run < RUNS; run++) {
    for (const [state, usage] of (await measureRun(served, shards, fanOut, run)).entries()) runs[state]!.push(usage)
  }
  console.error(`${layout}: measured`)
  return STATES.map((state, i) => ({ layout, state, runs: runs[i]! }))
}

/** Measures one deployment from its first search on. @returns a usage for each state */
async function measureRun(at: ServedCorpus, shards: number, fanOut: string, run: number): Promise<Usage[]> {
  const reports: InvocationReport[] = []
  const deployment = await startDeployment({
    ...{ s3: at.s3.endpoint, dynamo: at.dynamo, bucket: at.bucket, table: at.table, credentials: CREDENTIALS },
    ...{ bundlesFolder, leafCount: LEAVES, apiEnv: { PRISM_FAN_OUT: fanOut } },
    report: (one) => reports.push(one),
  })
  const [first, other] = [queries[(2 * run) % queries.length]!, queries[(2 * run + 1) % queries.length]!]
  const search = (request: SearchRequest) => measureSearch(deployment, { at, reports, shards, request })
  try {
    return [
      await search(first),
      await search(other),
      await search(other),
      await search({ ...other, consistency: 'strong' }),
    ]
  } finally {
    await deployment.close()
  }
}

async function measureSearch(
  { address }: Deployment,
  {
    at,
    reports,
    shards,
    request,
  }: { at: ServedCorpus; reports: InvocationReport[]; shards: number; request: SearchRequest },
): Promise<Usage> {
  at.s3.reset('delayed')
  at.takeRowReads()
  reports.length = 0
  const start = performance.now()
  const response = await fetch(`${address}/collections/${collectionOf(shards)}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  const answer = (await response.json()) as SearchAnswer
  const ms = performance.now() - start
  if (response.status !== 200 || answer.shards.failed > 0) throw new Error(`a search failed: ${JSON.stringify(answer)}`)
  const { requests: gets, bytes } = at.s3.counts
  return { ms, gets, bytes, rounds: answer.cost.rounds, rowReads: at.takeRowReads(), reports: [...reports] }
}

function report(): void {
  mkdirSync(`${options.cache}/results`, { recursive: true })
  const result = { machine: describeMachine(), corpus: corpus.name, bundles, inits: [...inits], results, writes }
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  writeFileSync(
    `${options.cache}/results/cold-start${options.tiny ? '-tiny' : ''}-${stamp}.json`,
    JSON.stringify(result),
  )
  console.log(JSON.stringify(result.machine))
  console.log(`\nBundles, ${INITS} fresh processes each, median / maximum\n`)
  console.log(writeInits())
  console.log(`\n${corpus.name}, ${corpus.documents} documents; p50 / p95 of ${RUNS} deployments\n`)
  console.log(writeResults())
  console.log(`\nWriting ${corpus.documents} documents through the functions, and compacting them\n`)
  console.log(JSON.stringify(writes, undefined, 1))
}

function writeInits(): string {
  const header = ['function', 'MB at init', 'MB in all', 'init, CPU ms', 'init, ms', 'memory, MB']
  const rows = Object.entries(bundles).map(([name, { initBytes, totalBytes }]) => {
    const pair = (value: (init: Init) => number): string => {
      const values = inits.get(name)!.map(value)
      return `${digits(median(values))} / ${digits(Math.max(...values))}`
    }
    return [
      name,
      digits(initBytes / 1e6),
      digits(totalBytes / 1e6),
      pair((init) => init.cpuMs),
      pair((init) => init.wallMs),
      pair((init) => init.rssBytes / 1e6),
    ]
  })
  return table(header, rows)
}

function writeResults(): string {
  const header = ['layout', 'state', 'ms', 'S3 requests', 'KB', 'rounds', 'row reads', 'invocations', '$ a million']
  const rows = results.map(({ layout, state, runs }) => {
    const pair = (value: (usage: Usage) => number): string => {
      const values = runs.map(value)
      return `${digits(median(values))} / ${digits(percentile(values, 0.95))}`
    }
    return [
      layout,
      state,
      pair(({ ms }) => ms),
      pair(({ gets }) => gets),
      pair(({ bytes }) => bytes / 1e3),
      pair(({ rounds }) => rounds),
      pair(({ rowReads }) => rowReads),
      pair(({ reports }) => reports.length),
      pair((usage) => dollarsOf(usage) * 1e6),
    ]
  })
  return table(header, rows)
}
