import type { BenchEngine } from './bench-engine.ts'

type Entry = {
  readonly ranksByBm25: boolean
  readonly pureJavaScript: boolean
  /** Size of V8's heap, for engines that hold a whole index in it. Default: Node's. */
  readonly heapMb?: number
  readonly load: () => Promise<BenchEngine>
}

/** The Prism of another commit, which runs only if it is named. */
export const BEFORE = 'before'

/** All engines by name. An engine is loaded only in the process that runs it. */
export const ENGINES: { readonly [name: string]: Entry } = {
  prism: {
    ranksByBm25: true,
    pureJavaScript: true,
    load: async () => await (await import('./prism-engine.ts')).loadPrism(),
  },
  [BEFORE]: {
    ranksByBm25: true,
    pureJavaScript: true,
    load: async () => await (await import('./prism-engine.ts')).loadPrismBefore(),
  },
  sqlite: {
    ranksByBm25: true,
    pureJavaScript: false,
    load: async () => (await import('./sqlite-engine.ts')).sqliteEngine,
  },
  lancedb: {
    ranksByBm25: true,
    pureJavaScript: false,
    load: async () => (await import('./lancedb-engine.ts')).lancedbEngine,
  },
  minisearch: {
    ranksByBm25: true,
    pureJavaScript: true,
    heapMb: 12_000,
    load: async () => (await import('./minisearch-engine.ts')).minisearchEngine,
  },
  orama: {
    ranksByBm25: true,
    pureJavaScript: true,
    heapMb: 12_000,
    load: async () => (await import('./orama-engine.ts')).oramaEngine,
  },
  flexsearch: {
    ranksByBm25: false,
    pureJavaScript: true,
    heapMb: 12_000,
    load: async () => (await import('./flexsearch-engine.ts')).flexsearchEngine,
  },
}

/** @throws {Error} if no engine has that name */
export async function loadEngine(name: string): Promise<BenchEngine> {
  const entry = ENGINES[name]
  if (!entry) throw new Error(`no engine is named "${name}"; the engines are ${Object.keys(ENGINES).join(', ')}`)
  return await entry.load()
}
