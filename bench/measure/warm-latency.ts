import type { BenchQuery, QueryKind } from '../corpora/query-mix.ts'
import type { Wanted } from '../engines/bench-engine.ts'
import type { QueryRun } from './engine-messages.ts'
import { median, percentile, sum } from './statistics.ts'

export type WantedName = 'ids' | 'ids_total' | 'documents' | 'documents_total'

export const WANTED: { readonly [Name in WantedName]: Wanted } = {
  ids: { total: false, documents: false },
  ids_total: { total: true, documents: false },
  documents: { total: false, documents: true },
  documents_total: { total: true, documents: true },
}

/** Latencies of one engine for one kind of query, in milliseconds. */
export type KindLatency = {
  readonly kind: QueryKind
  readonly wanted: WantedName
  /** Number of queries that were run; not all if the time for the kind ran out. */
  readonly queries: number
  /** Percentiles over queries, each with its median over the repetitions. */
  readonly p50: number
  readonly p99: number
  /** 99th percentile over all runs, which includes every pause of the machine. */
  readonly p99OfRuns: number
  /** Mean CPU time of a query over all runs, which is far less noisy than latencies. */
  readonly meanCpuMs: number
  readonly meanTotal?: number
}

/** All runs of one query by one engine in one variant. */
export type RunsOfQuery = { readonly query: BenchQuery; readonly runs: QueryRun[] }

/** Summarizes latencies by kind. @param all runs of one engine in one variant, with kinds in any order */
export function summarize(wanted: WantedName, all: readonly RunsOfQuery[]): KindLatency[] {
  const kinds = new Set(all.map(({ query }) => query.kind))
  return Array.from(kinds, (kind) => summarizeKind(kind, wanted, all)).filter(({ queries }) => queries > 0)
}

function summarizeKind(kind: QueryKind, wanted: WantedName, all: readonly RunsOfQuery[]): KindLatency {
  const ran = all.filter(({ query, runs }) => query.kind === kind && runs.length > 0)
  const typical = ran.map(({ runs }) => median(runs.map((run) => run.latencyMs)))
  const every = ran.flatMap(({ runs }) => runs.map((run) => run.latencyMs))
  const totals = ran.flatMap(({ runs }) => runs[0]!.total ?? [])
  return {
    kind,
    wanted,
    queries: ran.length,
    p50: median(typical),
    p99: percentile(typical, 0.99),
    p99OfRuns: percentile(every, 0.99),
    meanCpuMs: sum(ran.flatMap(({ runs }) => runs.map((run) => run.cpuMs))) / every.length,
    ...(WANTED[wanted].total ? { meanTotal: sum(totals) / Math.max(totals.length, 1) } : {}),
  }
}
