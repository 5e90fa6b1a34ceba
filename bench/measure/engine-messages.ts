import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import type { Wanted } from '../engines/bench-engine.ts'

/** A task for an engine process, which answers each task before it takes the next. */
export type EngineRequest =
  | { readonly task: 'build'; readonly engine: string; readonly corpus: Corpus; readonly folder: string }
  | { readonly task: 'open'; readonly engine: string; readonly corpus: Corpus; readonly folder: string }
  /** Runs each query that the engine supports once, in order. Skips the rest of a kind once that kind has taken `kindMsMax`. */
  | {
      readonly task: 'search'
      readonly queries: readonly BenchQuery[]
      readonly wanted: Wanted
      readonly kindMsMax: number
    }
  | { readonly task: 'close' }

export type BuildReport = {
  readonly wallMs: number
  /** CPU time of all threads. */
  readonly cpuMs: number
  /** Wall time of each phase; the first is `index`. */
  readonly phases: { readonly [name: string]: number }
  readonly peakRssBytes: number
  /** Bytes of the index without files that wait to be removed, if the engine knows. */
  readonly liveBytes?: number
}

export type OpenReport = {
  /** Time from the start of the process until the engine's code is loaded. */
  readonly loadedMs: number
  readonly openMs: number
}

/** One run of one query. */
export type QueryRun = {
  readonly latencyMs: number
  /** CPU time of all threads of the process, which noise on the machine hardly affects. */
  readonly cpuMs: number
  readonly ids: readonly string[]
  readonly total?: number
}

/** `runs` are in the order of queries; undefined for queries that the engine does not support or had no time for. */
export type SearchReport = { readonly runs: readonly (QueryRun | undefined)[]; readonly peakRssBytes: number }

export type EngineReply = { readonly result: unknown } | { readonly error: string }
