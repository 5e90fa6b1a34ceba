import { setTimeout as sleep } from 'node:timers/promises'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import { percentile } from '../measure/statistics.ts'
import type { BenchCollection } from './bench-collection.ts'

/** Between two searches, so that a searcher does not take a core for itself. */
const PAUSE_MS = 10

/** Milliseconds of single searches of two collections that took turns, query by query. */
export type PairedLatencies = { readonly updated: number[]; readonly fresh: number[] }

export type Percentiles = { readonly p50: number; readonly p99: number }

/** A fixed list of queries, asked over and over. Both collections are asked each query at the same time, so that both meet the same load. */
export class SearchMix {
  readonly #requests: readonly SearchRequest[]
  #next = 0

  constructor(requests: readonly SearchRequest[]) {
    this.#requests = requests
  }

  /** Goes on where it stopped until told to stop; at least once through the list if `goesOn` is not given. */
  async run(
    collections: { readonly updated: BenchCollection; readonly fresh: BenchCollection },
    goesOn?: () => boolean,
  ): Promise<PairedLatencies> {
    const latencies: PairedLatencies = { updated: [], fresh: [] }
    for (let i = 0; goesOn ? goesOn() : i < this.#requests.length; i++) {
      const request = this.#requests[this.#next++ % this.#requests.length]!
      // Who is asked first may pay for what the other finds ready.
      const order = this.#next % 2 === 0 ? (['updated', 'fresh'] as const) : (['fresh', 'updated'] as const)
      for (const which of order) {
        await sleep(PAUSE_MS)
        latencies[which].push(await time(collections[which], request))
      }
    }
    return latencies
  }
}

async function time({ engine, name }: BenchCollection, request: SearchRequest): Promise<number> {
  const start = performance.now()
  await engine.search(name, request)
  return performance.now() - start
}

export function percentilesOf(latencies: readonly number[]): Percentiles {
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
}

/** How many requests two collections answer differently: other ids, another order, or another total. */
export async function countDifferences(
  a: BenchCollection,
  b: BenchCollection,
  requests: readonly SearchRequest[],
): Promise<number> {
  let differences = 0
  for (const request of requests) {
    const [left, right] = await Promise.all([answerOf(a, request), answerOf(b, request)])
    if (left !== right) differences++
  }
  return differences
}

/** Read from the newest version: it may have been merged a moment ago. */
async function answerOf({ engine, name }: BenchCollection, request: SearchRequest): Promise<string> {
  const { hits, total } = await engine.search(name, { ...request, total: true, consistency: 'strong' })
  return JSON.stringify([total, ...hits.map(({ id }) => id)])
}
