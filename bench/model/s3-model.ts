import type { Clock } from '../../core/clock.ts'
import type { Change, Condition, Coordination, ReadOptions, Row, RowKey } from '../../core/coordination/coordination.ts'
import type { ByteRange, ListedObject, ObjectStore } from '../../core/storage/object-store.ts'

/** Latencies of S3 from the same region, as published by others, and of DynamoDB, as its customers see them. */
export const S3_MODEL = {
  getFirstByteMs: 63,
  /** Throughput of one stream. Parallel requests do not slow one another. */
  bytesPerMs: (90 * 1024 * 1024) / 1_000,
  putMs: 100,
  rowMs: 5,
} as const

/** Traffic through a model since {@link ModelTraffic.reset}. */
export class ModelTraffic {
  gets = 0
  puts = 0
  bytes = 0
  rows = 0

  reset(): void {
    this.gets = 0
    this.puts = 0
    this.bytes = 0
    this.rows = 0
  }
}

/** Gives `base` the latency of S3: every answer is right, but late. */
export function modelObjectStore(base: ObjectStore, clock: Clock, traffic: ModelTraffic): ObjectStore {
  return {
    async get(key: string, range?: ByteRange): Promise<Uint8Array> {
      traffic.gets++
      // Reading the folder already takes a part of the time that S3 would take.
      const start = clock.monotonic()
      const bytes = await base.get(key, range)
      traffic.bytes += bytes.byteLength
      const dueMs = S3_MODEL.getFirstByteMs + bytes.byteLength / S3_MODEL.bytesPerMs
      await clock.sleep(Math.max(0, dueMs - (clock.monotonic() - start)))
      return bytes
    },
    async put(key: string, body: Uint8Array): Promise<void> {
      traffic.puts++
      await Promise.all([base.put(key, body), clock.sleep(S3_MODEL.putMs + body.byteLength / S3_MODEL.bytesPerMs)])
    },
    async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
      traffic.puts++
      const byteSize = await base.putStream(key, chunks)
      await clock.sleep(S3_MODEL.putMs + byteSize / S3_MODEL.bytesPerMs)
      return byteSize
    },
    async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
      await clock.sleep(S3_MODEL.getFirstByteMs)
      yield* base.list(prefix, after)
    },
    async delete(keys: readonly string[]): Promise<void> {
      await Promise.all([base.delete(keys), clock.sleep(S3_MODEL.putMs)])
    },
  }
}

/** Gives `base` the latency of DynamoDB. */
export function modelCoordination(base: Coordination, clock: Clock, traffic: ModelTraffic): Coordination {
  const late = async <Result>(request: Promise<Result>): Promise<Result> => {
    traffic.rows++
    const [result] = await Promise.all([request, clock.sleep(S3_MODEL.rowMs)])
    return result
  }
  return {
    read: (key: RowKey, options: ReadOptions): Promise<Row | undefined> => late(base.read(key, options)),
    write: (key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> =>
      late(base.write(key, change, conditions)),
    delete: (key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> =>
      late(base.delete(key, conditions)),
    async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
      traffic.rows++
      await clock.sleep(S3_MODEL.rowMs)
      yield* base.query(pk, skPrefix, options)
    },
    close: () => base.close(),
  }
}
