import { pathToFileURL } from 'node:url'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { readBatches } from '../corpora/read-documents.ts'
import type { BenchEngine, OpenIndex } from './bench-engine.ts'
import { schemaOf, toRequest } from './prism-request.ts'

/** The package that `npm run build` makes: few files, as users load it. This file runs from `bench/.data/build/bench/engines`. */
const PACKAGE = new URL('../../../../../dist/', import.meta.url)

/** Prism as a library, on a folder. */
export const loadPrism = (): Promise<BenchEngine> => loadPackage(PACKAGE)

/** The Prism of another commit, from the folder that `PRISM_BEFORE` names and that commit's `npm run build` made. */
export const loadPrismBefore = (): Promise<BenchEngine> => loadPackage(pathToFileURL(`${process.env.PRISM_BEFORE}/`))

async function loadPackage(dist: URL): Promise<BenchEngine> {
  const { open } = (await import(new URL('open.js', dist).href)) as typeof import('../../core/open/open.ts')
  return engineOf(open)
}

const engineOf = (open: typeof import('../../core/open/open.ts').open): BenchEngine => ({
  async build(corpus, folder, phase) {
    const prism = await open({ data: folder })
    const documents = prism.collection<BenchDocument>('documents')
    await documents.create({ schema: schemaOf(corpus) })
    const { failed } = await documents.import(readDocuments(corpus))
    if (failed > 0) throw new Error(`${failed} documents were refused`)
    phase('compact')
    await prism.engine.compact('documents')
    const { bytes } = await documents.info()
    await prism.close()
    return { liveBytes: bytes }
  },

  async open(corpus, folder) {
    const prism = await open({ data: folder })
    const documents = prism.collection<BenchDocument>('documents')
    return {
      can: () => true,
      search: async (query, wanted) => {
        const { hits, total } = await documents.search(toRequest(query, corpus, wanted))
        return {
          ids: hits.map((hit) => hit.id),
          ...(total === undefined ? {} : { total }),
          ...(wanted.documents ? { documents: hits.map((hit) => hit.document) } : {}),
        }
      },
      close: () => prism.close(),
    } satisfies OpenIndex
  },
})

async function* readDocuments(corpus: Corpus): AsyncGenerator<BenchDocument> {
  for await (const batch of readBatches(corpus.file, 1_000)) yield* batch
}
