import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../faults/seeded-random.ts'
import { startRadosgwBucket } from '../processes/back-end.ts'
import { buildPrograms } from '../processes/build-programs.ts'
import { askAny } from './ask.ts'
import { breakNetwork, killServers, pause, stopServers } from './chaos.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { checkAtRest } from './final-check.ts'
import { OwnDocuments } from './own-documents.ts'
import { runPrism, ServerProcess } from './server-process.ts'
import { SharedDocuments } from './shared-documents.ts'
import { Tally } from './tally.ts'

const SERVERS = 3
const CLIENTS = 6
const SHARING_CLIENTS = 3
const PROGRESS_MS = 15_000

export type SoakOptions = {
  readonly seconds: number
  readonly seed: number
  /** How long a server is stopped; default longer than a lease. */
  readonly stopMs?: number
  /** Ends the run early; the last checks are made all the same. */
  readonly signal?: AbortSignal
  readonly report: (line: string) => void
}

/**
 * Real servers over one bucket of radosgw and one table of dynalite, through a network that fails, killed and
 * stopped by the seed, under clients that check what they read, with garbage collection beside. The same seed
 * draws the same requests, faults and kills; their order in time is the machine's.
 */
export async function runSoak({ seconds, seed, stopMs, signal, report }: SoakOptions): Promise<Tally> {
  const tally = new Tally(report)
  const programs = await mkdtemp(join(tmpdir(), 'prism-soak-'))
  buildPrograms(programs)
  const backEnd = await startRadosgwBucket()
  if (backEnd.place.kind !== 'bucket') throw new Error('radosgw has buckets')
  const proxy = await startFaultProxy(backEnd.place, seededRandom(seed * 1000))
  const place = { programs, endpoint: proxy.endpoint, bucket: backEnd.place }
  const servers = Array.from(
    { length: SERVERS },
    () =>
      new ServerProcess(place, {
        onLog: (line) => noteLog(line, tally, report),
        onEnd: (status) => tally.violation(`a server ended by itself: ${status}`),
      }),
  )
  try {
    await Promise.all(servers.map((server) => server.start()))
    const startedMs = performance.now()
    const secondsPassed = () => (performance.now() - startedMs) / 1000
    const isOver = () => signal?.aborted === true || secondsPassed() >= seconds
    const randomOf = (part: number) => seededRandom(seed * 1000 + part)
    const onDefect = (what: string) => tally.violation(what)
    const askAs = (part: number) => askAny(servers, randomOf(part), onDefect)
    const created = await askAs(1)('PUT', '', {
      schema: { fields: { client: 'keyword', serial: 'integer', title: 'text', key: 'keyword' } },
      shards: 2,
    })
    if (created.outcome !== 'done') throw new Error(`no collection: ${JSON.stringify(created)}`)
    const clients = Array.from(
      { length: CLIENTS },
      (_, i) => new OwnDocuments(`c${i}`, askAs(100 + i), randomOf(200 + i), tally),
    )
    const shared = new SharedDocuments(askAs(300), randomOf(400), tally)
    const repeat = async (step: () => Promise<void>) => {
      while (!isOver()) await step()
    }
    await Promise.all([
      ...clients.map((client) => repeat(() => client.step())),
      ...Array.from({ length: SHARING_CLIENTS }, () => repeat(() => shared.step())),
      breakNetwork(proxy, randomOf(6), isOver),
      killServers(servers, randomOf(2), isOver, tally),
      stopServers(servers, randomOf(3), isOver, tally, stopMs),
      repeat(async () => {
        await pause(2000, isOver)
        const { code } = await runPrism(place, ['gc', '--retention', randomOf(4).number() < 0.5 ? '0s' : '5s'])
        tally.count(code === 0 ? 'collections' : 'collections failed')
      }),
      repeat(async () => {
        await pause(PROGRESS_MS, isOver)
        report(`${Math.round(secondsPassed())} s: ${summaryOf(tally, proxy.injected)}`)
      }),
    ])
    const length = formatLength(Math.min(seconds, secondsPassed()))
    await checkAtRest(place, askAs(5), clients, shared, tally)
    report(tally.details())
    report(`faults: ${[...proxy.injected].map(([fault, count]) => `${fault} ${count}`).join(', ')}`)
    report(`${length}, ${summaryOf(tally, proxy.injected)}`)
    return tally
  } finally {
    await Promise.all(servers.map((server) => server.kill()))
    await proxy.close()
    await backEnd.close()
    await rm(programs, { recursive: true, force: true, maxRetries: 3 })
  }
}

function summaryOf(tally: Tally, injected: ReadonlyMap<string, number>): string {
  const faults = [...injected.values()].reduce((sum, count) => sum + count, 0)
  const acknowledged = tally.get('acknowledged').toLocaleString('en')
  const done = `${acknowledged} acknowledged, ${tally.get('kills')} kills, ${tally.get('stops')} stops, ${faults} faults`
  return `${done}: ${tally.violations.length} violations`
}

/** Servers log what clients are not told. Of storage that fails they do so all the time; the rest is worth reading. */
function noteLog(line: string, tally: Tally, report: (line: string) => void): void {
  if (!line.startsWith('{"level":"error"')) {
    report(`a server: ${line}`)
    return
  }
  const { code = 'no code' } = JSON.parse(line) as { code?: string }
  tally.count(`logged ${code}`)
  if (tally.get(`logged ${code}`) === 1) report(line)
}

function formatLength(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 6) / 10} min`
}
