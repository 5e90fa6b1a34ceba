import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import { assert } from '../assert.ts'
import { type MergeTask, mergeHere } from '../compaction/compact-in-worker.ts'
import type { BuiltSegment } from '../segment/write/build-segment.ts'
import { systemClock } from '../system-clock.ts'
import { openDescribedStore } from '../threads/open-described-store.ts'
import { encodeError } from '../threads/worker-errors.ts'
import type { WorkerReply, WorkerRequest, WorkerSettings } from '../threads/worker-pool.ts'
import { NO_LIMIT } from '../time-limit.ts'
import { type BuildTask, buildTask } from '../writing/build-puts.ts'

/** The script of worker threads: builds and merges segments, one task at a time. */
const analyzers = new AnalyzerPool()

assert(parentPort !== null, 'segment-worker runs in a worker thread')
serve(parentPort)

function serve(port: MessagePort): void {
  const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
  const { idleMsMax } = workerData as WorkerSettings
  let idle = new AbortController()
  port.on('message', ({ number, task }: WorkerRequest) => {
    idle.abort()
    idle = new AbortController()
    const { signal } = idle
    const onProgress = (progress: number) => reply({ number, kind: 'progress', progress })
    run(task as BuildTask | MergeTask, onProgress)
      .then(
        ({ result, transfer }) => reply({ number, kind: 'done', result }, transfer),
        (error: unknown) => reply({ number, kind: 'failed', error: encodeError(error) }),
      )
      .then(() => systemClock.sleep(idleMsMax, signal))
      .then(
        () => reply({ kind: 'idle' }),
        // The next task has arrived.
        () => undefined,
      )
  })
}

async function run(
  task: BuildTask | MergeTask,
  onProgress: (progress: number) => void,
): Promise<{ result: unknown; transfer: ArrayBuffer[] }> {
  if (task.kind === 'merge') {
    const store = await openDescribedStore(task.store)
    const merged = await mergeHere(store, { ...task, onProgress }, NO_LIMIT)
    return { result: merged, transfer: merged.bytes ? [merged.bytes.buffer] : [] }
  }
  const built = await buildTask(analyzers, task)
  // Small buffers are in a shared pool, and only bytes with a buffer of their own can be transferred.
  const bytes = new Uint8Array(built.bytes)
  const sideFileBytes = built.sideFileBytes.map((bytes) => new Uint8Array(bytes))
  const result: BuiltSegment = { ...built, bytes, sideFileBytes }
  return { result, transfer: [bytes, ...sideFileBytes].map(({ buffer }) => buffer) }
}
