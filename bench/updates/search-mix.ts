import { setTimeout as sleep } from 'node:timers/promises'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import { percentile } from '../measure/statistics.ts'
import type { BenchCollection } from './bench-collection.ts'

/** Pause between two searches, so that they do not take a whole core. */
const PAUSE_MS = 10

/** Latencies of single searches, in milliseconds, of two collections that take turns query by query. */
export type PairedLatencies = { readonly updated: number[]; readonly fresh: number[] }

export type Percentiles = { readonly p50: number; readonly p99: number }

/** A fixed list of queries that is repeated. Each query runs on both collections in direct succession, so that both have the same load. */
export class SearchMix {
  readonly #requests: readonly SearchRequest[]
  #next = 0

  constructor(requests: readonly SearchRequest[]) {
    this.#requests = requests
  }

  /** Continues where the last run stopped, while `mayContinue` returns true. Default: once through the list. */
  async run(
    collections: { readonly updated: BenchCollection; readonly fresh: BenchCollection },
    mayContinue?: () => boolean,
  ): Promise<PairedLatencies> {
    const latencies: PairedLatencies = { updated: [], fresh: [] }
    for (let i = 0; mayContinue ? mayContinue() : i < this.#requests.length; i++) {
      const request = this.#requests[this.#next++ % this.#requests.length]!
      // The first collection may pay for work that the second then finds done.
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

/** Counts the requests that two collections answer with different ids, orders or totals. */
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

/** Answers from the newest version, because the collection may just have been compacted. */
async function answerOf({ engine, name }: BenchCollection, request: SearchRequest): Promise<string> {
  const { hits, total } = await engine.search(name, { ...request, total: true, consistency: 'strong' })
  return JSON.stringify([total, ...hits.map(({ id }) => id)])
}
