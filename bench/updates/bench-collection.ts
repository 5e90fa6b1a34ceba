import { mkdirSync, rmSync } from 'node:fs'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { systemRandom } from '../../core/system-random.ts'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { schemaOf } from '../engines/prism-request.ts'
import { folderSize } from '../measure/folder-size.ts'
import { MeteredWrites, type Written } from './metered-writes.ts'

const NAME = 'documents'

export type Removed = { readonly objects: number; readonly bytes: number }

/** A collection in its own folder, with an engine that merges in the background like that of `prism serve`. */
export type BenchCollection = {
  readonly engine: Engine
  readonly name: string
  write(documents: readonly BenchDocument[]): Promise<void>
  segments(): Promise<number>
  collectGarbage(retentionMs: number): Promise<Removed>
  /** Compacts to one segment without deleted documents, and collects all garbage. */
  tidy(): Promise<void>
  /** Bytes that objects occupy on disk. */
  storedBytes(): number
  /** What was written since the last call. */
  takeWritten(): Promise<Written>
  /** Errors of background work. */
  readonly failures: readonly string[]
}

export async function openCollection(folder: string, corpus: Corpus): Promise<BenchCollection> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const path = `${folder}/objects`
  const store = new MeteredWrites(new FolderObjectStore(path, systemRandom))
  const coordination = new LmdbCoordination(`${folder}/coordination`)
  const failures: string[] = []
  const engine = assembleEngine(
    {
      store,
      coordination,
      prices: FREE,
      description: { kind: 'folder', path },
      close: () => coordination.close(),
    },
    { backgroundCompaction: true, onFailure: (error) => failures.push(String(error)) },
  )
  await engine.createCollection(NAME, { schema: schemaOf(corpus) })
  const collectGarbage = async (retentionMs: number): Promise<Removed> => {
    const { garbage } = await engine.collectGarbage({ collection: NAME, retention_ms: retentionMs })
    return { objects: garbage.objects, bytes: garbage.bytes }
  }
  return {
    engine,
    name: NAME,
    failures,
    collectGarbage,
    write: async (documents) => {
      const { failed } = await engine.writeDocuments(NAME, documents)
      if (failed > 0) throw new Error(`${failed} documents were refused`)
    },
    segments: async () => (await engine.getCollection(NAME)).segments,
    tidy: async () => {
      await engine.settle()
      await engine.compact(NAME)
      await collectGarbage(0)
    },
    storedBytes: () => folderSize(path),
    takeWritten: async () => {
      for await (const _ of store.list('c/'));
      return store.take()
    },
  }
}
