import { createReadStream } from 'node:fs'
import type { BenchDocument } from './bench-document.ts'

const CHUNK_BYTES = 1 << 20

/** Parses a corpus file, `batchSize` documents at a time. Holds one batch and one chunk in memory. */
export async function* readBatches(file: string, batchSize: number): AsyncGenerator<BenchDocument[]> {
  let batch: BenchDocument[] = []
  let rest = ''
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, encoding: 'utf8' })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (batch.push(JSON.parse(line) as BenchDocument) < batchSize) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
