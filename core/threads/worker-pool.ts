import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type Transferable, Worker } from 'node:worker_threads'
import { UnavailableError } from '../errors.ts'
import { decodeError } from './worker-errors.ts'

/** A message to a worker's script, which must answer with {@link WorkerReply}s of the same number. */
export type WorkerRequest = { readonly number: number; readonly task: unknown }

export type WorkerReply =
  | { readonly number: number; readonly kind: 'progress'; readonly progress: number }
  | { readonly number: number; readonly kind: 'done'; readonly result: unknown }
  | { readonly number: number; readonly kind: 'failed'; readonly error: unknown }
  /** The worker had no task for {@link WorkerSettings.idleMsMax} and may be ended. */
  | { readonly kind: 'idle' }

/** The `workerData` of a worker's script. */
export type WorkerSettings = { readonly idleMsMax: number }

export type RunOptions = {
  /** Buffers whose bytes move to the worker instead of being copied. */
  readonly transfer?: readonly Transferable[]
  readonly onProgress?: (progress: number) => void
}

type Job = {
  readonly task: unknown
  readonly options: RunOptions
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

type Thread = { readonly worker: Worker; job: Job | undefined }

/** Milliseconds after which an idle thread is ended. A thread takes some 50 to 100 MB, and starts within 100 ms. */
const IDLE_MS_MAX = 10_000

/**
 * Megabytes of a thread's JavaScript heap for young and for old objects. Node's defaults are 48 and the limit of the
 * process. Builds and merges take no longer with 12, and need some 20 for old objects: their data are in buffers, which
 * do not count. A thread that needs more ends, its task fails with 'worker_lost', and the process continues.
 */
const THREAD_HEAP = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 512 }

/**
 * A few threads that all run one script, each one task at a time. They start when first needed, keep their caches between
 * tasks, do not keep the process alive while idle, and end after a long idle time.
 */
export class WorkerPool {
  readonly #script: URL
  readonly #size: number
  readonly #idleMsMax: number
  readonly #threads: Thread[] = []
  readonly #waiting: Job[] = []
  #nextNumber = 0
  #closed = false

  /**
   * @param script the `.ts` file; a built package runs the `.js` file next to it
   * @param idleMsMax milliseconds without a task after which a thread is ended; default {@link IDLE_MS_MAX}
   */
  constructor(script: URL, size: number, idleMsMax = IDLE_MS_MAX) {
    this.#script = script
    this.#size = size
    this.#idleMsMax = idleMsMax
  }

  /** Number of running threads, including idle ones. */
  get threadCount(): number {
    return this.#threads.length
  }

  /** Number of running and waiting tasks. */
  get load(): number {
    return this.#waiting.length + this.#threads.filter(({ job }) => job).length
  }

  /**
   * @returns the result of the script
   * @throws {PrismError} the error of the script, with the same class
   * @throws {UnavailableError} 'worker_lost' if the thread ends; 'closed' if the pool is closed
   */
  run(task: unknown, options: RunOptions = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(closedError())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, options, resolve, reject })
      this.#assign()
    })
  }

  /** Ends all threads; running and waiting tasks fail. */
  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.reject(closedError())
    const threads = this.#threads.splice(0)
    for (const { job } of threads) job?.reject(closedError())
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#threads.find(({ job }) => !job) ?? this.#startThread()
      if (!thread) return
      const job = this.#waiting.shift()!
      thread.job = job
      thread.worker.ref()
      const request: WorkerRequest = { number: this.#nextNumber++, task: job.task }
      thread.worker.postMessage(request, job.options.transfer ?? [])
    }
  }

  #startThread(): Thread | undefined {
    if (this.#threads.length >= this.#size) return undefined
    const thread: Thread = { worker: startWorker(this.#script, this.#idleMsMax), job: undefined }
    thread.worker.on('message', (reply: WorkerReply) => this.#receive(thread, reply))
    thread.worker.on('error', (error) => this.#lose(thread, error))
    thread.worker.on('exit', (code) => this.#lose(thread, `code ${code}`))
    this.#threads.push(thread)
    return thread
  }

  #receive(thread: Thread, reply: WorkerReply): void {
    const { job } = thread
    if (!job) {
      if (reply.kind === 'idle') this.#end(thread)
      return
    }
    if (reply.kind === 'idle') return
    if (reply.kind === 'progress') {
      job.options.onProgress?.(reply.progress)
      return
    }
    thread.job = undefined
    thread.worker.unref()
    if (reply.kind === 'done') job.resolve(reply.result)
    else job.reject(decodeError(reply.error))
    this.#assign()
  }

  #end(thread: Thread): void {
    const at = this.#threads.indexOf(thread)
    if (at === -1) return
    this.#threads.splice(at, 1)
    void thread.worker.terminate()
  }

  /** Removes a thread that has ended, and fails its task. The next task starts a new thread. */
  #lose(thread: Thread, cause: unknown): void {
    const at = this.#threads.indexOf(thread)
    if (at === -1) return
    this.#threads.splice(at, 1)
    thread.job?.reject(
      new UnavailableError('worker_lost', `a worker thread ended before its task: ${String(cause)}`, { cause }),
    )
    this.#assign()
  }
}

/** From source, a TypeScript loader must be registered before the script runs, because a thread does not inherit it. */
function startWorker(script: URL, idleMsMax: number): Worker {
  const workerData: WorkerSettings = { idleMsMax }
  const options = { workerData, resourceLimits: THREAD_HEAP }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(script.href.replace(/\.ts$/, '.js')), options)
  const loader = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs')
  const code = `import(${JSON.stringify(pathToFileURL(loader).href)}).then(({ register }) => {
    register()
    return import(${JSON.stringify(script.href)})
  })`
  return new Worker(code, { ...options, eval: true })
}

function closedError(): UnavailableError {
  return new UnavailableError('closed', 'the engine was closed')
}
