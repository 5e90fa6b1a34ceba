import { startS3Server } from '../../test/servers/s3-server.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { EngineClient } from '../measure/engine-client.ts'
import { median } from '../measure/statistics.ts'
import { WANTED } from '../measure/warm-latency.ts'
import { startS3Proxy } from '../model/s3-proxy.ts'

type Cost = { readonly ms: number; readonly requests: number; readonly bytes: number; readonly rounds: number }

/** Medians over processes: the first query of each, opening included, and the next one. */
export type ColdPeerResult = { readonly corpus: string; readonly first: Cost; readonly later: Cost }

const BUILD_MS_MAX = 600_000

/** LanceDB on the same model of S3, each query in a process that has read nothing yet. */
export async function measureColdLance(corpus: Corpus, queries: readonly BenchQuery[]): Promise<ColdPeerResult> {
  const server = await startS3Server()
  const proxy = await startS3Proxy(server.endpoint)
  const folder = `s3://bench/lance?endpoint=${encodeURIComponent(proxy.endpoint)}`
  try {
    proxy.reset('at once')
    const builder = new EngineClient()
    await builder.ask({ task: 'build', engine: 'lancedb', corpus, folder }, BUILD_MS_MAX)
    await builder.close()
    const first: Cost[] = []
    const later: Cost[] = []
    for (const [i, query] of queries.entries()) {
      const client = new EngineClient()
      const ask = async (query: BenchQuery, open: boolean): Promise<Cost> => {
        const start = performance.now()
        if (open) await client.ask({ task: 'open', engine: 'lancedb', corpus, folder })
        const wanted = WANTED.documents
        await client.ask({ task: 'search', queries: [query], wanted, kindMsMax: Number.POSITIVE_INFINITY })
        return { ms: performance.now() - start, ...proxy.counts }
      }
      proxy.reset('delayed')
      first.push(await ask(query, true))
      proxy.reset('delayed')
      later.push(await ask(queries[(i + 1) % queries.length]!, false))
      await client.close()
    }
    return { corpus: corpus.name, first: medianCost(first), later: medianCost(later) }
  } finally {
    await proxy.close()
    await server.close()
  }
}

function medianCost(costs: readonly Cost[]): Cost {
  const of = (name: keyof Cost): number => median(costs.map((cost) => cost[name]))
  return { ms: of('ms'), requests: of('requests'), bytes: of('bytes'), rounds: of('rounds') }
}
