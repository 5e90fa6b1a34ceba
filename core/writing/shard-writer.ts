import type { ByteBudget } from '../byte-budget.ts'
import type { Schema } from '../schema/schema.ts'
import { sleepWithin } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import type { KnownHead } from '../version/head-cache.ts'
import type { ConditionalOperation } from './conditional-operation.ts'
import type { BatchResult, OperationBatch } from './evaluate-operations.ts'
import { type ConditionalOutcome, writeConditionally } from './write-conditionally.ts'
import { type Group, type Turn, type WriteComponents, writeGroup } from './write-group.ts'

/** A group of this many bytes starts although another group is under way. */
const GROUP_BYTES_TARGET = 4 * 1024 * 1024
/** Most bytes of a group of several requests. A larger request is a group by itself. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024
const GROUP_OPERATIONS_MAX = 20_000
/** Groups of one shard that may be built at the same time. They commit in order. */
const BUILDS_MAX = 2
/** Longest pause, in milliseconds, that lets other processes commit. */
const TURN_MS_MAX = 300
/** Bytes that an operation takes in addition to its JSON, roughly. */
const OPERATION_BYTES = 400

/** An owner reads the head again after so many commits from memory. Otherwise it would never see entries that functions leave in the head. */
export const REMEMBERED_MAX = 8

/** Operations of one request, some of which may fail because of the stored documents. */
export type ConditionalRequest = OperationBatch & { readonly schema: Schema; readonly decides: 'each' | 'all' }

/** Operations of one request, in the order in which they take effect. */
export type WriteRequest = (Group & { readonly decides?: undefined }) | ConditionalRequest

/** `results` is empty if none of the operations could fail. */
export type WriteOutcome = BatchResult & { readonly version: number }

export type WriterHooks = {
  /** Is awaited before a group begins, to hold writes back while compaction is behind. */
  readonly ready: (ref: ShardRef) => Promise<void>
  /** Is called after each commit; `isBusy` says whether more writes are waiting. */
  readonly onCommitted: (ref: ShardRef, committed: Committed, isBusy: boolean) => void
  /** Is called after a group that found nothing to change. This process's next search must use that head or a newer one. */
  readonly onUnchanged?: (ref: ShardRef, known: KnownHead) => void
  /** The newest head known, if this process owns the shard. */
  readonly remember?: ((ref: ShardRef) => KnownHead | undefined) | undefined
}

type Answer = {
  readonly byteSize: number
  readonly resolve: (outcome: WriteOutcome) => void
  readonly reject: (error: unknown) => void
}

type Request = WriteRequest & Answer
type PlainRequest = Request & { readonly decides?: undefined }

/**
 * Commits all writes of this process to one shard. Requests share commits: an idle writer commits
 * at once, and requests that arrive during a commit share the next one. Requests take effect in
 * the order in which they arrive.
 */
export class ShardWriter {
  readonly #components: WriteComponents
  readonly #ref: ShardRef
  readonly #budget: ByteBudget
  readonly #hooks: WriterHooks
  #queue: Request[] = []
  #queuedBytes = 0
  #underWay = 0
  #building = 0
  /** Number of groups since the head was last read. */
  #rememberedCount = 0
  /** Resolves when the newest group is done, with the head that it left. */
  #tail: Promise<KnownHead | undefined> = Promise.resolve(undefined)

  constructor(components: WriteComponents, ref: ShardRef, shared: { budget: ByteBudget; hooks: WriterHooks }) {
    this.#components = components
    this.#ref = ref
    this.#budget = shared.budget
    this.#hooks = shared.hooks
  }

  get isIdle(): boolean {
    return this.#underWay === 0 && this.#queue.length === 0
  }

  /**
   * Writes a batch, atomically unless it decides for each operation separately.
   *
   * @throws {UnavailableError} 'overloaded' if too many bytes are waiting
   * @throws as `commit` does
   */
  async submit(request: WriteRequest): Promise<WriteOutcome> {
    const byteSize = byteSizeOf(request.operations)
    this.#budget.take(byteSize)
    try {
      return await new Promise<WriteOutcome>((resolve, reject) => {
        this.#queue.push({ ...request, byteSize, resolve, reject })
        this.#queuedBytes += byteSize
        this.#startGroups()
      })
    } finally {
      this.#budget.give(byteSize)
    }
  }

  #startGroups(): void {
    while (this.#queue.length > 0 && this.#mayStart()) {
      const requests = this.#takeGroup()
      const previous = this.#tail
      this.#underWay++
      this.#building++
      this.#tail = this.#write(requests, previous)
    }
  }

  #mayStart(): boolean {
    return this.#underWay === 0 || (this.#queuedBytes >= GROUP_BYTES_TARGET && this.#building < BUILDS_MAX)
  }

  /** Pauses for about one attempt: the winner of a race knows the newest head first and would win again and again. */
  async #yieldToRivals(lostCount: number, tookMs: number): Promise<void> {
    if (lostCount === 0) return
    const { random } = this.#components
    await sleepWithin(this.#components, Math.min(TURN_MS_MAX, (2 * random.number() * tookMs) / (lostCount + 1)))
  }

  /** Takes from the queue the requests of the next group, all checked against the same schema. */
  #takeGroup(): Request[] {
    const first = this.#queue[0]!
    let [count, byteSize, operationCount] = [0, 0, 0]
    for (const request of this.#queue) {
      byteSize += request.byteSize
      operationCount += request.operations.length
      const full = byteSize > GROUP_BYTES_MAX || operationCount > GROUP_OPERATIONS_MAX
      if (count > 0 && (full || request.schema.version !== first.schema.version)) break
      count++
    }
    const requests = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    for (const request of requests) this.#queuedBytes -= request.byteSize
    return requests
  }

  /** Evaluates operations one by one only if a request of the group may fail. */
  async #writeTogether(requests: readonly Request[], turn: Turn): Promise<ConditionalOutcome> {
    const { schema } = requests[0]!
    if (!isPlain(requests)) return writeConditionally(this.#components, this.#ref, { schema, batches: requests }, turn)
    const operations = requests.flatMap((request) => request.operations)
    const { existed, ...outcome } = await writeGroup(this.#components, this.#ref, { schema, operations }, turn)
    return { ...outcome, batches: split(requests, existed) }
  }

  #remember(): KnownHead | undefined {
    const head = this.#rememberedCount < REMEMBERED_MAX ? this.#hooks.remember?.(this.#ref) : undefined
    this.#rememberedCount = head ? this.#rememberedCount + 1 : 0
    return head
  }

  /** Answers every request of the group; never rejects. */
  async #write(requests: readonly Request[], previous: Promise<KnownHead | undefined>): Promise<KnownHead | undefined> {
    let isBuilding = true
    const onBuilt = () => {
      if (isBuilding) this.#building--
      isBuilding = false
    }
    try {
      await this.#hooks.ready(this.#ref)
      const startedMs = this.#components.clock.monotonic()
      const outcome = await this.#writeTogether(requests, { onBuilt, previous, remembered: this.#remember() })
      const tookMs = this.#components.clock.monotonic() - startedMs
      if (outcome.committed)
        this.#hooks.onCommitted(this.#ref, outcome.committed, this.#queue.length > 0 || this.#underWay > 1)
      else this.#hooks.onUnchanged?.(this.#ref, outcome.known)
      for (const [i, request] of requests.entries()) {
        request.resolve({ version: outcome.version, ...outcome.batches[i]! })
      }
      if (outcome.committed?.isOwn) await this.#yieldToRivals(outcome.committed.lostCount, tookMs)
      return outcome.committed
    } catch (error) {
      for (const request of requests) request.reject(error)
      // The next group must not overtake an earlier one that is still committing.
      await previous
      return undefined
    } finally {
      onBuilt()
      this.#underWay--
      this.#startGroups()
    }
  }
}

function isPlain(requests: readonly Request[]): requests is readonly PlainRequest[] {
  return requests.every(({ decides }) => decides === undefined)
}

/** Splits the result of a group of plain requests by request. */
function split(requests: readonly PlainRequest[], existed: readonly boolean[]): BatchResult[] {
  let from = 0
  return requests.map(({ operations }) => {
    const own = existed.slice(from, from + operations.length)
    from += operations.length
    return { results: [], existed: own, behind: [] }
  })
}

function byteSizeOf(operations: readonly ConditionalOperation[]): number {
  return operations.reduce((sum, operation) => sum + OPERATION_BYTES + bytesOf(operation), 0)
}

function bytesOf(operation: ConditionalOperation): number {
  if (operation.kind === 'put') return operation.json.length
  return operation.kind === 'patch' ? operation.byteSize : 0
}
