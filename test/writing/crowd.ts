import { ModelTraffic, modelCoordination, modelObjectStore } from '../../bench/model/s3-model.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ShardRef } from '../../core/version/collection.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'

/** The answer to one function's write, and when the function had nothing left to do. */
export type Answered = { readonly created: boolean; readonly answeredMs: number; readonly settledMs: number }

/**
 * Lets `count` functions write one document each to one shard at the same moment, over
 * S3 and DynamoDB with the latencies of the model. Time is simulated: computation takes none.
 *
 * @param idOf the id that a function writes
 */
export async function writeAsCrowd(count: number, idOf: (i: number) => string = (i) => `d${i}`) {
  const clock = new ManualClock()
  const traffic = new ModelTraffic()
  const calm = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination() }
  const stores = {
    store: modelObjectStore(calm.store, clock, traffic),
    coordination: modelCoordination(calm.coordination, clock, traffic),
  }
  const process = (number: number) =>
    openShards(
      { ...testComponents({ ...stores, clock }), random: seededRandom(number), analyzers },
      { workerCount: 0, removesDeleted: 'later' },
    )
  const settings = { schema: testSchema, shardCount: 1, settings: {} }
  const collection = await clock.until(process(1).createCollection('books', settings))
  await analyzers.load(testSchema.fields.flatMap(({ type, language }) => (type === 'text' ? [language] : [])))
  traffic.reset()
  const startMs = clock.monotonic()
  const answers = await clock.until(
    Promise.all(
      Array.from({ length: count }, async (_, i): Promise<Answered> => {
        const shards = process(100 + i)
        const { written } = await shards.writeDocuments(collection, [{ id: idOf(i), title: `by function ${i}`, n: i }])
        const answeredMs = clock.monotonic() - startMs
        await shards.settle()
        return { created: written[0]!.created, answeredMs, settledMs: clock.monotonic() - startMs }
      }),
    ),
  )
  const ref: ShardRef = { uid: collection.uid, shard: 0 }
  return { answers, ref, traffic, ...calm }
}
