import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import { AWS_US_EAST_1, LAMBDA_US_EAST_1 } from '../../core/storage/prices.ts'
import type { InvocationReport } from '../../test/lambda/host/invocation.ts'
import { startDeployment } from '../../test/lambda/start-deployment.ts'
import type { Corpus } from '../corpora/corpus.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { schemaOf } from '../engines/prism-request.ts'
import { CREDENTIALS, type ServedCorpus } from './serve-corpus.ts'

/** What writing a corpus through the functions cost, and what idle functions cost. */
export type Writes = {
  readonly documents: number
  readonly ms: number
  readonly invocations: number
  /** Billed memory of the API and of compaction × time. */
  readonly gigabyteSeconds: number
  readonly gets: number
  readonly puts: number
  readonly rowReads: number
  readonly rowUnits: number
  readonly storedBytes: number
  readonly usd: number
  /** A warm invocation of each scheduled function that finds nothing to do. */
  readonly idle: readonly { readonly functionName: string; readonly ms: number; readonly rowReads: number }[]
}

const BATCH_DOCUMENTS = 10_000
const GIGABYTES: Readonly<Record<string, number>> = { api: 1_769 / 1024, compact: 3_008 / 1024, 'collect-garbage': 1 }

/** Writes a corpus in batches, which bypass the gateway if they are too large for it, and does all announced compactions. */
export async function measureWrites(at: ServedCorpus, corpus: Corpus, bundlesFolder: string): Promise<Writes> {
  const reports: InvocationReport[] = []
  const deployment = await startDeployment({
    ...{ s3: at.s3.endpoint, dynamo: at.dynamo, bucket: at.bucket, table: at.table, credentials: CREDENTIALS },
    ...{ bundlesFolder, leafCount: 1, report: (one: InvocationReport) => reports.push(one) },
  })
  const take = () => {
    const { requests } = at.s3.counts
    const { puts, rowUnits } = at.takeWrites()
    at.s3.reset('delayed')
    return { gets: requests - puts, puts, rowReads: at.takeRowReads(), rowUnits }
  }
  try {
    const engine = openRemoteEngine({ url: deployment.address })
    await engine.createCollection('written', { schema: schemaOf(corpus) })
    take()
    reports.length = 0
    const start = performance.now()
    for await (const batch of readBatches(corpus.file, BATCH_DOCUMENTS)) await engine.writeDocuments('written', batch)
    const ms = performance.now() - start
    await deployment.compact.invoke('{}')
    const [counts, done] = [take(), [...reports]]
    const { bytes: storedBytes } = await engine.getCollection('written')
    const idle: Writes['idle'][number][] = []
    for (const host of [deployment.compact, deployment.collectGarbage]) {
      await host.invoke('{}')
      take()
      await host.invoke('{}')
      const { functionName, durationMs } = reports.at(-1)!
      idle.push({ functionName, ms: durationMs, rowReads: take().rowReads })
    }
    return { documents: corpus.documents, ms, storedBytes, idle, ...counts, ...billed(done, counts) }
  } finally {
    await deployment.close()
  }
}

type Counts = Pick<Writes, 'gets' | 'puts' | 'rowReads' | 'rowUnits'>

function billed(reports: readonly InvocationReport[], { gets, puts, rowReads, rowUnits }: Counts) {
  const gigabyteSeconds = reports.reduce((sum, { functionName, initMs = 0, durationMs }) => {
    return sum + ((initMs + durationMs) / 1000) * GIGABYTES[functionName]!
  }, 0)
  const { invocation, gatewayRequest, gigabyteSecond } = LAMBDA_US_EAST_1
  const { objectGet, objectPut, rowReadUnit, rowWriteUnit } = AWS_US_EAST_1
  const computing = reports.length * (invocation + gatewayRequest) + gigabyteSeconds * gigabyteSecond
  const usd = computing + gets * objectGet + puts * objectPut + rowReads * rowReadUnit + rowUnits * rowWriteUnit
  return { invocations: reports.length, gigabyteSeconds, usd }
}
