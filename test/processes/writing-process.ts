import { writeSync } from 'node:fs'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import { PrismError } from '../../core/errors.ts'
import { SegmentCache } from '../../core/segment/read/segment-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { openStores, type Place } from './back-end.ts'

/** What a writing process is told, as the JSON of its only argument. */
export type WritingOrder = {
  readonly place: Place
  readonly collection: string
  /** Begins the ids of its documents. */
  readonly mark: string
  /** Batches in all; 0: until it is killed. */
  readonly batches: number
  readonly batchSize: number
  /** Batches under way at the same time. */
  readonly atOnce: number
}

/**
 * Writes batches and says on standard output what became of each: `ready`, then
 * `ack <first>` or `unknown <first>` or `refused <first>`, with the number of the batch's first
 * document. A line is out before anything else happens.
 */
async function main(order: WritingOrder): Promise<void> {
  const segments = new SegmentCache()
  const { store, coordination } = openStores(order.place)
  const shards = openShards(
    {
      store,
      coordination,
      clock: systemClock,
      random: systemRandom,
      analyzers: new AnalyzerPool(),
      openSegment: (from, prefix, entry) => segments.open(from, prefix, entry),
    },
    { backgroundCompaction: true, workerCount: 0 },
  )
  const collection = await shards.getCollection(order.collection)
  say('ready')
  let next = 0
  const writer = async () => {
    while (order.batches === 0 || next < order.batches) {
      const first = next++ * order.batchSize
      const documents = Array.from({ length: order.batchSize }, (_, i) => documentOf(order.mark, first + i))
      try {
        const { failures } = await shards.writeDocuments(collection, documents)
        say(failures.length === 0 ? `ack ${first}` : `unknown ${first}`)
      } catch (error) {
        if (!(error instanceof PrismError)) throw error
        say(`${error.code === 'outcome_unknown' ? 'unknown' : 'refused'} ${first} ${error.code}`)
      }
    }
  }
  await Promise.all(Array.from({ length: order.atOnce }, writer))
  await shards.close()
  await coordination.close()
}

export function documentOf(mark: string, number: number): { id: string; title: string; n: number } {
  return { id: `${mark}-${number}`, title: `document ${number} of ${mark}`, n: number }
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

const order = process.argv[2]
if (order !== undefined && process.argv[1]?.endsWith('writing-process.js')) await main(JSON.parse(order))
