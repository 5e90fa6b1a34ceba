import { startS3Server } from '../../test/servers/s3-server.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { EngineClient } from '../measure/engine-client.ts'
import type { OpenReport, SearchReport } from '../measure/engine-messages.ts'
import { median } from '../measure/statistics.ts'
import { WANTED } from '../measure/warm-latency.ts'
import { startS3Proxy } from '../model/s3-proxy.ts'

type Cost = { readonly ms: number; readonly requests: number; readonly bytes: number; readonly rounds: number }

/** Medians over processes: of each process's first query, including opening, and of the next one. */
export type ColdPeerResult = { readonly corpus: string; readonly first: Cost; readonly later: Cost }

const BUILD_MS_MAX = 600_000

/** Measures LanceDB on the same model of S3. Each first query runs in a process that has read nothing. */
export async function measureColdLance(corpus: Corpus, queries: readonly BenchQuery[]): Promise<ColdPeerResult> {
  const server = await startS3Server()
  // The server requires a signature but does not check it.
  await fetch(`${server.endpoint}/bench`, { method: 'PUT', headers: { authorization: 'bench' } })
  const proxy = await startS3Proxy(server.endpoint)
  const folder = `s3://bench/lance?endpoint=${encodeURIComponent(proxy.endpoint)}`
  try {
    proxy.reset('at once')
    const builder = new EngineClient('lancedb')
    await builder.ask({ task: 'build', engine: 'lancedb', corpus, folder }, BUILD_MS_MAX)
    await builder.close()
    const first: Cost[] = []
    const later: Cost[] = []
    for (const [i, query] of queries.entries()) {
      const client = new EngineClient('lancedb')
      const wanted = WANTED.documents
      const request = { task: 'search', wanted, kindMsMax: Number.POSITIVE_INFINITY } as const
      const ask = async (query: BenchQuery): Promise<number> => {
        const { runs } = await client.ask<SearchReport>({ ...request, queries: [query] })
        return runs[0]!.latencyMs
      }
      proxy.reset('delayed')
      const { openMs } = await client.ask<OpenReport>({ task: 'open', engine: 'lancedb', corpus, folder })
      const firstMs = openMs + (await ask(query))
      first.push({ ms: firstMs, ...proxy.counts })
      proxy.reset('delayed')
      later.push({ ms: await ask(queries[(i + 1) % queries.length]!), ...proxy.counts })
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
