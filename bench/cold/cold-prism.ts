import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { AWS_US_EAST_1 } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { schemaOf } from '../engines/prism-request.ts'
import { ModelTraffic, modelCoordination, modelObjectStore } from '../model/s3-model.ts'

export type ColdLayout = { readonly name: string; readonly shards: number; readonly compacted: boolean }

/** An engine that has read nothing, and its traffic with store and table. Close it after one query. */
export type ColdPrism = { readonly engine: Engine; readonly traffic: ModelTraffic }

const BATCH_DOCUMENTS = 10_000

/**
 * Writes the corpus in a layout, unless an earlier run did.
 *
 * @returns the number of segments
 */
export async function prepareLayout(corpus: Corpus, layout: ColdLayout, folder: string): Promise<number> {
  if (!existsSync(`${folder}/ready`)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const { engine } = openOn(folder, 'at once')
    await engine.createCollection('documents', { schema: schemaOf(corpus), shards: layout.shards })
    for await (const batch of readBatches(corpus.file, BATCH_DOCUMENTS)) await engine.writeDocuments('documents', batch)
    if (layout.compacted) await engine.compact('documents')
    await engine.close()
    writeFileSync(`${folder}/ready`, '')
  }
  const { engine } = openOn(folder, 'at once')
  const { segments } = await engine.getCollection('documents')
  await engine.close()
  return segments
}

export function openColdPrism(folder: string): ColdPrism {
  return openOn(folder, 'as S3')
}

function openOn(folder: string, speed: 'at once' | 'as S3'): ColdPrism {
  const path = `${folder}/objects`
  const files = new FolderObjectStore(path, systemRandom)
  const rows = new LmdbCoordination(`${folder}/coordination`)
  const traffic = new ModelTraffic()
  const places = {
    store: speed === 'as S3' ? modelObjectStore(files, systemClock, traffic) : files,
    coordination: speed === 'as S3' ? modelCoordination(rows, systemClock, traffic) : rows,
    prices: AWS_US_EAST_1,
    description: { kind: 'folder', path } as const,
    close: () => rows.close(),
  }
  return { engine: assembleEngine(places, { backgroundCompaction: false }), traffic }
}
