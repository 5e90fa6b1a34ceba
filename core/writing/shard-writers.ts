import type { ShardRef } from '../version/collection.ts'
import type { ShardWriter, WriteOutcome } from './shard-writer.ts'
import type { SubmitWrite } from './write-routing.ts'

/** Idle writers beyond this number are dropped, the least recently used first. */
const WRITERS_MAX = 1000

/** One {@link ShardWriter} per shard that is written to. */
export class ShardWriters {
  readonly #open: (ref: ShardRef) => ShardWriter
  readonly #writers = new Map<string, ShardWriter>()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(open: (ref: ShardRef) => ShardWriter) {
    this.#open = open
  }

  /** Passes a batch to the shard's writer. */
  readonly submit: SubmitWrite = (ref, request) => {
    const submitted: Promise<WriteOutcome> = this.#writerOf(ref).submit(request)
    const settled = submitted
      .catch(() => undefined)
      .then(() => {
        this.#underWay.delete(settled)
      })
    this.#underWay.add(settled)
    return submitted
  }

  /** Resolves when all writes have been answered. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #writerOf(ref: ShardRef): ShardWriter {
    const key = `${ref.uid}#${ref.shard}`
    const writer = this.#writers.get(key) ?? this.#open(ref)
    this.#writers.delete(key)
    this.#writers.set(key, writer)
    for (const [other, idle] of this.#writers) {
      if (this.#writers.size <= WRITERS_MAX) break
      if (idle.isIdle && other !== key) this.#writers.delete(other)
    }
    return writer
  }
}
