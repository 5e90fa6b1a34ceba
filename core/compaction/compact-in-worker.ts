import { concatenate } from '../segment/format/concatenate.ts'
import type { SegmentFile } from '../segment/format/segment-entry.ts'
import { readTombstones } from '../segment/format/tombstones.ts'
import { compactSegments } from '../segment/merge/compact-segments.ts'
import { openSegment, segmentKey } from '../segment/read/open-segment.ts'
import { fileKey } from '../segment/read/segment-files.ts'
import type { PutFile } from '../segment/write/side-files.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import type { StoreDescription } from '../threads/open-described-store.ts'
import type { WorkerPool } from '../threads/worker-pool.ts'
import { deadlineExceeded, NO_LIMIT, type TimeLimit } from '../time-limit.ts'
import { Turns } from '../version/turns.ts'
import type { CompactSegments, MergeRequest } from './compact.ts'
import { ABANDON_MS } from './merge-in-time.ts'

/** A merge, as a worker receives it. The worker opens the store itself. */
export type MergeTask = Omit<MergeRequest, 'onProgress'> & {
  readonly kind: 'merge'
  readonly store: StoreDescription
}

/** A worker does merges of more bytes, although it reads everything from the store again, because this thread answers searches. */
const INLINE_BYTES_MAX = 64 * 1024

/** Merged segments of up to this size are handed to this process, to save their first reads. Takes twice as much memory for a moment. */
const HANDED_BYTES_MAX = 64 * 1024 * 1024

/** Merges of at least so many bytes run one at a time, so that a thread is left to build new segments. */
const LONG_BYTES_MIN = 16 * 1024 * 1024

/** A merged segment, and its bytes unless there are too many to hand over. */
export type Merged = { readonly file: SegmentFile; readonly bytes: Uint8Array<ArrayBuffer> | undefined }

type MergerComponents = {
  readonly store: ObjectStore
  readonly timeLimit?: TimeLimit
  /** Receives the bytes of segments that a worker wrote, bypassing `store`. */
  readonly written?: WrittenObjects
}

/**
 * Makes the function that merges segments: large ones in a worker if there is one, others in this thread.
 * The time limit holds for merges in this thread only, because functions have no workers.
 */
export function segmentCompactor(
  { store, timeLimit = NO_LIMIT, written }: MergerComponents,
  worker: { readonly pool: WorkerPool; readonly description: StoreDescription } | undefined,
): CompactSegments {
  const turns = new Turns()
  return async (request) => {
    const byteSize = request.entries.reduce((sum, entry) => sum + entry.byteSize, 0)
    const learn = ({ file, bytes }: Merged): SegmentFile => {
      if (bytes) written?.learn(segmentKey(request.prefix, file), bytes)
      return file
    }
    if (!worker || byteSize <= INLINE_BYTES_MAX) return learn(await mergeHere(store, request, timeLimit))
    const { onProgress, ...task } = request
    const message: MergeTask = { kind: 'merge', store: worker.description, ...task }
    const run = async () => learn((await worker.pool.run(message, onProgress ? { onProgress } : {})) as Merged)
    return byteSize < LONG_BYTES_MIN ? run() : turns.take('long', run)
  }
}

/**
 * Merges segments in this thread.
 *
 * @throws {UnavailableError} 'deadline_exceeded' when the limit is near; the upload is then aborted
 */
export async function mergeHere(store: ObjectStore, request: MergeRequest, timeLimit: TimeLimit): Promise<Merged> {
  const { prefix, entries, name, schemaVersion, onProgress } = request
  const sources = await Promise.all(
    entries.map(async (entry) => {
      const { tombstones: ref, docCount } = entry
      const reader = await openSegment(store, prefix, entry)
      return { store, reader, tombstones: ref && (await readTombstones(store, prefix, { ref, docCount })) }
    }),
  )
  const segment = segmentKey(prefix, { name })
  const putFile: PutFile = (extension, chunks) => store.putStream(fileKey(segment, { extension }), chunks)
  const merging = compactSegments({ sources, name, schemaVersion, putFile })
  const handed: Uint8Array[] = []
  let file: SegmentFile | undefined
  let doneBytes = 0
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (timeLimit.remainingMs() < ABANDON_MS) throw deadlineExceeded(`merging into ${segment}`)
      const next = await merging.next()
      if (next.done) {
        file = next.value
        return
      }
      doneBytes += next.value.length
      onProgress?.(doneBytes)
      if (doneBytes <= HANDED_BYTES_MAX) handed.push(next.value)
      else handed.length = 0
      yield next.value
    }
  }
  await store.putStream(segment, chunks())
  return { file: file!, bytes: doneBytes <= HANDED_BYTES_MAX ? concatenate(handed) : undefined }
}
