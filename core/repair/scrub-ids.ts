import type { Bitset } from '../bytes/bitset.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import { LiveCursor, liveDocIds } from '../segment/merge/live-documents.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import { type Finding, guard } from '../segment/scrub/scrub-finding.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { compareUtf8 } from '../utf8.ts'
import type { ShardRef } from '../version/collection.ts'
import { shardOfId } from '../version/routing.ts'

/** Ids between two checks of the signal. */
const IDS_PER_CHECK = 8192

export type IdsScrub = {
  readonly store: ObjectStore
  /** Readers of the segments whose ids can be read. */
  readonly readers: readonly { readonly reader: SegmentReader; readonly tombstones: Bitset | undefined }[]
  readonly shard: { readonly ref: ShardRef; readonly shardCount: number }
  readonly findIn: (file: string) => (finding: Finding) => void
  readonly signal: AbortSignal | undefined
}

/** Merges the live ids of all segments, and checks that each is live only once and belongs to this shard. */
export async function scrubIds({ store, readers, shard, findIn, signal }: IdsScrub): Promise<void> {
  const cursors = readers.map(({ reader, tombstones }) => ({
    file: reader.source,
    ids: new LiveCursor(liveDocIds({ store, reader, tombstones }), (docIds) =>
      carryOut(store, reader.ids.read(docIds)),
    ),
  }))
  const last = { id: undefined as string | undefined, file: '' }
  // The ids were read successfully before, so an error here comes from the store.
  await guard('ids', findIn(cursors[0]?.file ?? ''), async () => {
    for (let count = 0; ; count++) {
      if (count % IDS_PER_CHECK === 0) signal?.throwIfAborted()
      let first: (typeof cursors)[number] | undefined
      for (const cursor of cursors) {
        if (cursor.ids.isEmpty) {
          if (cursor.ids.isDone) continue
          await cursor.ids.fill()
        }
        if (first === undefined || compareUtf8(cursor.ids.current, first.ids.current) < 0) first = cursor
      }
      if (first === undefined) return
      const id = first.ids.next()
      const find = findIn(first.file)
      if (id === last.id)
        find({
          section: 'ids',
          found: `${JSON.stringify(id)} is live in ${last.file} too`,
          expected: 'to be live once',
        })
      const belongs = shardOfId(id, shard.shardCount)
      if (belongs !== shard.ref.shard)
        find({
          section: 'ids',
          found: `${JSON.stringify(id)} of shard ${belongs}`,
          expected: `shard ${shard.ref.shard}`,
        })
      last.id = id
      last.file = first.file
    }
  })
}
