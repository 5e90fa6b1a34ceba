import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import type { Wanted } from '../engines/bench-engine.ts'

/** What the process of one engine is asked to do; it answers each before it takes the next. */
export type EngineRequest =
  | { readonly task: 'build'; readonly engine: string; readonly corpus: Corpus; readonly folder: string }
  | { readonly task: 'open'; readonly engine: string; readonly corpus: Corpus; readonly folder: string }
  /** Runs those of the queries that the engine can, each once, in order; of a kind no more once that took `kindMsMax`. */
  | {
      readonly task: 'search'
      readonly queries: readonly BenchQuery[]
      readonly wanted: Wanted
      readonly kindMsMax: number
    }
  | { readonly task: 'close' }

export type BuildReport = {
  readonly wallMs: number
  /** Of all threads. */
  readonly cpuMs: number
  /** Wall time of each phase; the first is `index`. */
  readonly phases: { readonly [name: string]: number }
  readonly peakRssBytes: number
  /** What the index would be without files that nothing needs any more and that wait to be removed, if the engine knows. */
  readonly liveBytes?: number
}

export type OpenReport = {
  /** From the start of the process to the engine's code being loaded. */
  readonly loadedMs: number
  readonly openMs: number
}

/** One query run once. */
export type QueryRun = {
  readonly latencyMs: number
  /** Of all threads of the process: noise of the machine hardly touches it. */
  readonly cpuMs: number
  readonly ids: readonly string[]
  readonly total?: number
}

/** Undefined for a query that the engine cannot run, or had no time left for. */
export type SearchReport = { readonly runs: readonly (QueryRun | undefined)[]; readonly peakRssBytes: number }

export type EngineReply = { readonly result: unknown } | { readonly error: string }
