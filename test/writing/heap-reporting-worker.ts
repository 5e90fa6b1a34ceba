import { getHeapStatistics } from 'node:v8'
import { parentPort, type ResourceLimits, resourceLimits } from 'node:worker_threads'
import type { WorkerReply, WorkerRequest } from '../../core/threads/worker-pool.ts'

export type HeapReport = { readonly limits: ResourceLimits; readonly heapBytesMax: number }

/** A worker that answers each task with the limits of its heap. */
parentPort?.on('message', ({ number }: WorkerRequest) => {
  const result: HeapReport = { limits: resourceLimits, heapBytesMax: getHeapStatistics().heap_size_limit }
  parentPort!.postMessage({ number, kind: 'done', result } satisfies WorkerReply)
})
