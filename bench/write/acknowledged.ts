import type { BenchDocument } from '../corpora/bench-document.ts'
import { percentile } from '../measure/statistics.ts'

/** Writes documents, one batch per call. A batch is durable when the call resolves. */
export type BatchWriter = {
  /** @throws the error of the engine, such as a conflict with another writer */
  add(documents: readonly BenchDocument[]): Promise<void>
  close(): Promise<void>
}

export type AckResult = {
  readonly batch: number
  readonly clients: number
  /** Acknowledged documents per second. */
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}

export type AckOptions = {
  readonly documents: readonly BenchDocument[]
  readonly batch: number
  readonly clients: number
  /** No batch begins after this time; batches under way are awaited. */
  readonly durationMs: number
}

/** Measures clients that each send a batch when the one before is acknowledged. */
export async function measureAcks(writer: BatchWriter, options: AckOptions): Promise<AckResult> {
  const { batch, clients, durationMs } = options
  const latencies: number[] = []
  let failed = 0
  const start = performance.now()
  const client = async (number: number): Promise<void> => {
    for (let i = 0; performance.now() - start < durationMs; i++) {
      const documents = batchOf(options, `${number}-${i}`)
      const sent = performance.now()
      await writer.add(documents).then(
        () => latencies.push(performance.now() - sent),
        () => failed++,
      )
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  const seconds = (performance.now() - start) / 1e3
  const perSecond = (latencies.length * batch) / seconds
  return { batch, clients, perSecond, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99), failed }
}

function batchOf({ documents, batch }: AckOptions, name: string): BenchDocument[] {
  return Array.from({ length: batch }, (_, i) => ({ ...documents[i % documents.length]!, id: `${name}-${i}` }))
}
