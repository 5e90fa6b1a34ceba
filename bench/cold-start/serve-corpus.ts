import { openBucket } from '../../core/open/open-bucket.ts'
import { startDynamoServer } from '../../test/servers/dynamo-server.ts'
import { startS3Server } from '../../test/servers/s3-server.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { schemaOf } from '../engines/prism-request.ts'
import { S3_MODEL } from '../model/s3-model.ts'
import { type S3Proxy, startS3Proxy } from '../model/s3-proxy.ts'

/** A corpus in a bucket and a table, with one collection for each number of shards. */
export type ServedCorpus = {
  readonly bucket: string
  readonly table: string
  /** A proxy with the latency of S3, which counts requests. */
  readonly s3: S3Proxy
  /** Endpoint with the latency of DynamoDB. */
  readonly dynamo: string
  /** Number of requests to read rows since the last call. */
  takeRowReads(): number
  /** Number of write requests since the last call, and their approximate write units, from the sizes of the requests. */
  takeWrites(): { readonly puts: number; readonly rowWrites: number; readonly rowUnits: number }
  close(): Promise<void>
}

export const CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' }
const PLACE = { bucket: 'bench', table: 'bench' }
const BATCH_DOCUMENTS = 10_000

export function collectionOf(shards: number): string {
  return `shards-${shards}`
}

/** Writes and compacts the corpus, bypassing the simulated latencies, and serves it with them. */
export async function serveCorpus(corpus: Corpus, layouts: readonly number[]): Promise<ServedCorpus> {
  let [rowReads, rowWrites, rowUnits, putsBefore] = [0, 0, 0, 0]
  const s3 = await startS3Server()
  const fast = await startDynamoServer()
  const slow = await startDynamoServer({
    latencyMs: S3_MODEL.rowMs,
    tablesOf: fast,
    intercept: ({ headers }) => {
      if (/\.(GetItem|Query)$/.test(String(headers['x-amz-target']))) rowReads++
      else {
        rowWrites++
        rowUnits += Math.ceil(Number(headers['content-length']) / 1024)
      }
      return undefined
    },
  })
  process.env.AWS_ENDPOINT_URL_S3 = s3.endpoint
  process.env.AWS_ENDPOINT_URL_DYNAMODB = fast.endpoint
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' })
  const engine = await openBucket({ ...PLACE, pathStyle: true, create: true })
  for (const shards of layouts) {
    const name = collectionOf(shards)
    await engine.createCollection(name, { schema: schemaOf(corpus), shards })
    for await (const batch of readBatches(corpus.file, BATCH_DOCUMENTS)) await engine.writeDocuments(name, batch)
    await engine.compact(name)
  }
  await engine.close()
  const proxy = await startS3Proxy(s3.endpoint)
  return {
    ...PLACE,
    s3: proxy,
    dynamo: slow.endpoint,
    takeRowReads: () => {
      const taken = rowReads
      rowReads = 0
      return taken
    },
    takeWrites: () => {
      const puts = (s3.requests.get('PUT') ?? 0) + (s3.requests.get('POST') ?? 0)
      const taken = { puts: puts - putsBefore, rowWrites, rowUnits }
      ;[putsBefore, rowWrites, rowUnits] = [puts, 0, 0]
      return taken
    },
    close: async () => {
      await proxy.close()
      await Promise.all([s3.close(), slow.close(), fast.close()])
    },
  }
}
