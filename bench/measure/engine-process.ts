import { mkdirSync } from 'node:fs'
import type { BenchQuery } from '../corpora/query-mix.ts'
import type { OpenIndex, Wanted } from '../engines/bench-engine.ts'
import { loadEngine } from '../engines/engine-names.ts'
import type { BuildReport, EngineReply, EngineRequest, OpenReport, QueryRun, SearchReport } from './engine-messages.ts'

/**
 * The process of one engine. It takes tasks from the parent, one after another, and ends
 * after `close` or when the parent ends.
 */
let index: OpenIndex | undefined

process.on('message', (request: EngineRequest) => {
  run(request).then(
    (result) => answer({ result }, request.task === 'close'),
    (error: Error) => answer({ error: error.stack ?? error.message }, true),
  )
})
process.on('disconnect', () => process.exit())

function answer(reply: EngineReply, last: boolean): void {
  process.send!(reply, () => {
    if (last) process.exit()
  })
}

async function run(request: EngineRequest): Promise<unknown> {
  if (request.task === 'build') return await build(request)
  if (request.task === 'open') return await open(request)
  if (request.task === 'search') return await search(request)
  await index?.close()
  return undefined
}

async function build({ engine, corpus, folder }: EngineRequest & { task: 'build' }): Promise<BuildReport> {
  const { build } = await loadEngine(engine)
  if (!folder.includes('://')) mkdirSync(folder, { recursive: true })
  const start = performance.now()
  const cpu = process.cpuUsage()
  const phases: Record<string, number> = {}
  let phase = 'index'
  let phaseStart = start
  const enter = (next: string): void => {
    const now = performance.now()
    phases[phase] = now - phaseStart
    phase = next
    phaseStart = now
  }
  const { liveBytes } = (await build(corpus, folder, enter)) ?? {}
  enter('')
  const { user, system } = process.cpuUsage(cpu)
  return {
    wallMs: performance.now() - start,
    cpuMs: (user + system) / 1e3,
    phases,
    peakRssBytes: peakRss(),
    ...(liveBytes === undefined ? {} : { liveBytes }),
  }
}

async function open({ engine, corpus, folder }: EngineRequest & { task: 'open' }): Promise<OpenReport> {
  const { open } = await loadEngine(engine)
  const loadedMs = performance.now()
  index = await open(corpus, folder)
  return { loadedMs, openMs: performance.now() - loadedMs }
}

async function search({ queries, wanted, kindMsMax }: EngineRequest & { task: 'search' }): Promise<SearchReport> {
  const runs: (QueryRun | undefined)[] = []
  const spent = new Map<string, number>()
  for (const query of queries) {
    const before = spent.get(query.kind) ?? 0
    const run = before < kindMsMax && index!.can(query) ? await time(query, wanted) : undefined
    if (run) spent.set(query.kind, before + run.latencyMs)
    runs.push(run)
  }
  return { runs, peakRssBytes: peakRss() }
}

async function time(query: BenchQuery, wanted: Wanted): Promise<QueryRun> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const { ids, total } = await index!.search(query, wanted)
  const latencyMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { latencyMs, cpuMs: (user + system) / 1e3, ids, ...(total === undefined ? {} : { total }) }
}

/** The kernel's high-water mark, which includes native memory and all threads. */
function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024
}
