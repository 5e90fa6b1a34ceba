import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { BenchCollection } from './bench-collection.ts'
import { type PairedLatencies, type Percentiles, percentilesOf, type SearchMix } from './search-mix.ts'

/** Batches between two samples of the number of segments. */
const SAMPLE_BATCHES = 5

export type UpdateOptions = {
  readonly updates: number
  readonly batch: number
  /** Most updates per second; undefined for as many as possible. */
  readonly rate: number | undefined
  /** Number of stretches. After each the writer rests, and searches are timed without writes. */
  readonly stretches: number
  readonly retentionMs: number
  readonly collectEveryMs: number
  /** No batch begins after this time. */
  readonly msMax: number
  readonly onBatch: (applied: number) => void
}

type Paired = { readonly updated: Percentiles; readonly fresh: Percentiles }

/** What happened between two rests. */
export type Stretch = {
  /** Updates applied since the beginning, at the end of the stretch. */
  readonly applied: number
  readonly writeMs: number
  readonly segments: { readonly mean: number; readonly max: number }
  readonly storedBytes: number
  /**
   * Searches during writes; at rest, without merges, once through the list of queries; and once more, when caches hold everything that
   * the queries need.
   */
  readonly writing: Paired
  readonly resting: Paired
  readonly warm: Paired
  /** Share of the writing time in which the thread that writes and searches was busy. */
  readonly busyShare: number
}

export type Applied = {
  readonly updates: number
  readonly jsonBytes: number
  readonly writeMs: number
  readonly cpuMs: number
  readonly stretches: readonly Stretch[]
  readonly writing: Paired
  readonly resting: Paired
  readonly warm: Paired
  readonly garbage: { readonly runs: number; readonly objects: number; readonly bytes: number }
}

/** Applies updates batch by batch, while one client searches and garbage is collected on a schedule. Puts the new contents of documents into `latest`. */
export async function applyUpdates(
  collections: { readonly updated: BenchCollection; readonly fresh: BenchCollection },
  source: AsyncIterator<BenchDocument>,
  run: { readonly mix: SearchMix; readonly latest: Map<string, BenchDocument>; readonly options: UpdateOptions },
): Promise<Applied> {
  const { mix, latest, options } = run
  const { updated } = collections
  const deadline = performance.now() + options.msMax
  const cpu = process.cpuUsage()
  const stretches: Stretch[] = []
  const all = { writing: emptyLatencies(), resting: emptyLatencies(), warm: emptyLatencies() }
  const collector = collectRegularly(updated, options)
  let applied = 0
  let jsonBytes = 0
  const mayContinue = (): boolean => applied < options.updates && performance.now() < deadline

  const write = async (until: number): Promise<number[]> => {
    const segments: number[] = []
    const start = performance.now()
    const before = applied
    for (let batch = 0; applied < until && mayContinue(); batch++) {
      const documents: BenchDocument[] = []
      for (let i = 0; i < Math.min(options.batch, until - applied); i++) documents.push((await source.next()).value)
      await updated.write(documents)
      for (const document of documents) {
        latest.set(document.id, document)
        jsonBytes += Buffer.byteLength(JSON.stringify(document))
      }
      applied += documents.length
      if (batch % SAMPLE_BATCHES === 0) segments.push(await updated.segments())
      options.onBatch(applied)
      if (options.rate) await sleep(Math.max(0, start + ((applied - before) / options.rate) * 1e3 - performance.now()))
    }
    return segments
  }

  for (let stretch = 1; stretch <= options.stretches && mayContinue(); stretch++) {
    const until = Math.round((options.updates * stretch) / options.stretches)
    const start = performance.now()
    const before = performance.eventLoopUtilization()
    let isWriting = true
    const searching = mix.run(collections, () => isWriting)
    // A failure of the search is reported below, where it is awaited.
    searching.catch(() => undefined)
    const segments = await write(until).finally(() => {
      isWriting = false
    })
    const writeMs = performance.now() - start
    const busyShare = performance.eventLoopUtilization(before).utilization
    const writing = await searching
    await updated.engine.settle()
    const resting = await mix.run(collections)
    const warm = await mix.run(collections)
    addLatencies(all.writing, writing)
    addLatencies(all.resting, resting)
    addLatencies(all.warm, warm)
    stretches.push({
      applied,
      writeMs,
      segments: { mean: segments.reduce((sum, n) => sum + n, 0) / segments.length, max: Math.max(...segments) },
      storedBytes: updated.storedBytes(),
      writing: pairedOf(writing),
      resting: pairedOf(resting),
      warm: pairedOf(warm),
      busyShare,
    })
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    updates: applied,
    jsonBytes,
    writeMs: stretches.reduce((sum, stretch) => sum + stretch.writeMs, 0),
    cpuMs: (user + system) / 1e3,
    stretches,
    writing: pairedOf(all.writing),
    resting: pairedOf(all.resting),
    warm: pairedOf(all.warm),
    garbage: await collector.stop(),
  }
}

/** Collects garbage like a server, but more often than every few minutes. */
function collectRegularly(collection: BenchCollection, { retentionMs, collectEveryMs }: UpdateOptions) {
  const stopping = new AbortController()
  const sum = { runs: 0, objects: 0, bytes: 0 }
  const run = async (): Promise<void> => {
    for (;;) {
      await sleep(collectEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      const { objects, bytes } = await collection.collectGarbage(retentionMs)
      sum.runs++
      sum.objects += objects
      sum.bytes += bytes
    }
  }
  const done = run()
  done.catch(() => undefined)
  return {
    /** @throws the error of a failed collection */
    stop: async () => {
      stopping.abort()
      await done
      return sum
    },
  }
}

function emptyLatencies(): PairedLatencies {
  return { updated: [], fresh: [] }
}

function addLatencies(sum: PairedLatencies, { updated, fresh }: PairedLatencies): void {
  for (const ms of updated) sum.updated.push(ms)
  for (const ms of fresh) sum.fresh.push(ms)
}

function pairedOf({ updated, fresh }: PairedLatencies): Paired {
  return { updated: percentilesOf(updated), fresh: percentilesOf(fresh) }
}
