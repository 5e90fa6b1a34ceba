import { mkdtempSync, rmSync } from 'node:fs'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { openFolder } from '../../core/open/open-folder.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { AWS_US_EAST_1 } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'
import { startS3Server } from '../../test/servers/s3-server.ts'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { schemaOf } from '../engines/prism-request.ts'
import { ModelTraffic, modelCoordination, modelObjectStore } from '../model/s3-model.ts'
import { startS3Proxy } from '../model/s3-proxy.ts'
import type { BatchWriter } from './acknowledged.ts'

export type WritePlace = 'folder' | 'S3 model'

/** Opens a new Prism in a folder, or over the models of S3 and DynamoDB. */
export async function openPrism(place: WritePlace, corpus: Corpus, root: string): Promise<BatchWriter> {
  const folder = mkdtempSync(`${root}/prism-`)
  const engine = place === 'folder' ? await openFolder(folder, { backgroundCompaction: true }) : openModel()
  await engine.createCollection('documents', { schema: schemaOf(corpus) })
  return {
    add: async (documents) => {
      const { failed } = await engine.writeDocuments('documents', documents)
      if (failed > 0) throw new Error(`${failed} documents failed`)
    },
    close: async () => {
      await engine.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Builds and merges segments in this thread, because other threads cannot see a store in memory. */
function openModel(): Engine {
  const traffic = new ModelTraffic()
  const places = {
    store: modelObjectStore(new MemoryObjectStore(systemClock), systemClock, traffic),
    coordination: modelCoordination(new MemoryCoordination(), systemClock, traffic),
    prices: AWS_US_EAST_1,
    close: async () => {},
  }
  return assembleEngine(places, { workerCount: 0 })
}

/** Opens a new LanceDB table in a folder, or over a proxy with the same model of S3. Its text index would be made later, by `optimize`. */
export async function openLance(
  place: WritePlace,
  documents: readonly BenchDocument[],
  root: string,
): Promise<BatchWriter> {
  const { connectLance } = await import('../engines/lancedb-engine.ts')
  const folder = mkdtempSync(`${root}/lance-`)
  const s3 = place === 'folder' ? undefined : await startBucket()
  const database = await connectLance(s3?.folder ?? folder)
  const table = await database.createTable('documents', [{ ...documents[0]!, id: 'first' }])
  return {
    add: async (batch) => {
      await table.add(batch as unknown as Record<string, unknown>[])
    },
    close: async () => {
      table.close()
      database.close()
      await s3?.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function startBucket() {
  const server = await startS3Server()
  // The server requires a signature but does not check it.
  await fetch(`${server.endpoint}/bench`, { method: 'PUT', headers: { authorization: 'bench' } })
  const proxy = await startS3Proxy(server.endpoint)
  proxy.reset('delayed')
  return {
    folder: `s3://bench/lance?endpoint=${encodeURIComponent(proxy.endpoint)}`,
    close: async () => {
      await proxy.close()
      await server.close()
    },
  }
}
