import { mergeSegments } from '../segment/merge-segments.ts'
import { openSegment, segmentKey } from '../segment/open-segment.ts'
import type { SegmentFile } from '../segment/segment-entry.ts'
import { readTombstones } from '../segment/tombstones.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { deadlineExceeded, NO_LIMIT, type TimeLimit } from '../time-limit.ts'
import type { MergeRequest, MergeSegments } from './compact.ts'
import { ABANDON_MS } from './merge-in-time.ts'
import { openDescribedStore } from './open-described-store.ts'
import type { StoreDescription } from './shards.ts'
import { Turns } from './turns.ts'
import type { WorkerPool } from './worker-pool.ts'

/** A merge as a worker takes it: it opens the store for itself. */
export type MergeTask = Omit<MergeRequest, 'onProgress'> & {
  readonly kind: 'merge'
  readonly store: StoreDescription
}

/** Merges below this are done in this thread: a worker would read everything from the store again. */
const INLINE_BYTES_MAX = 1024 * 1024

/** Merges above this go one at a time, so that a thread is left for the builds of writes. */
const LONG_BYTES_MIN = 16 * 1024 * 1024

/**
 * Merges segments: large ones in a worker if it can open the store, others here.
 * A time limit holds for those done here: a function has no workers.
 */
export function segmentMerger(
  { store, timeLimit = NO_LIMIT }: { readonly store: ObjectStore; readonly timeLimit?: TimeLimit },
  worker: { readonly pool: WorkerPool; readonly description: StoreDescription } | undefined,
): MergeSegments {
  const turns = new Turns()
  return async (request) => {
    const byteSize = request.entries.reduce((sum, entry) => sum + entry.byteSize, 0)
    if (!worker || byteSize <= INLINE_BYTES_MAX) return mergeHere(store, request, timeLimit)
    const { onProgress, ...task } = request
    const message: MergeTask = { kind: 'merge', store: worker.description, ...task }
    const run = () => worker.pool.run(message, onProgress ? { onProgress } : {}) as Promise<SegmentFile>
    return byteSize < LONG_BYTES_MIN ? run() : turns.take('long', run)
  }
}

/** Does a merge task, in the worker. */
export async function mergeTask(task: MergeTask, onProgress: (doneBytes: number) => void): Promise<SegmentFile> {
  const store = await openDescribedStore(task.store)
  return mergeHere(store, { ...task, onProgress }, NO_LIMIT)
}

/** @throws {UnavailableError} 'deadline_exceeded' when the limit is near; what was uploaded by then is called off */
async function mergeHere(store: ObjectStore, request: MergeRequest, timeLimit: TimeLimit): Promise<SegmentFile> {
  const { prefix, entries, name, schemaVersion, onProgress } = request
  const sources = await Promise.all(
    entries.map(async (entry) => {
      const { tombstones: ref, docCount } = entry
      const reader = await openSegment(store, prefix, entry)
      return { store, reader, tombstones: ref && (await readTombstones(store, prefix, { ref, docCount })) }
    }),
  )
  const merging = mergeSegments({ sources, name, schemaVersion })
  let file: SegmentFile | undefined
  let doneBytes = 0
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (timeLimit.remainingMs() < ABANDON_MS) throw deadlineExceeded(`merging into ${segmentKey(prefix, { name })}`)
      const next = await merging.next()
      if (next.done) {
        file = next.value
        return
      }
      doneBytes += next.value.length
      onProgress?.(doneBytes)
      yield next.value
    }
  }
  await store.putStream(segmentKey(prefix, { name }), chunks())
  return file!
}
