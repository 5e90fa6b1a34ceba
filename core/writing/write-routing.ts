import type { Clock } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import type { HeadCache } from '../version/head-cache.ts'
import type { WriteOutcome, WriteRequest } from './shard-writer.ts'

/** Submits the batch of one request to the process that commits it. @throws as `commit` does */
export type SubmitWrite = (ref: ShardRef, request: WriteRequest) => Promise<WriteOutcome>

/** What a process can do by itself to write to shards. */
export type OwnWrites = {
  readonly coordination: Coordination
  readonly clock: Clock
  readonly timeLimit?: TimeLimit
  readonly heads: HeadCache
  /** Commits in this process, even if another node owns the shard. That is safe, because the head decides. */
  readonly submit: SubmitWrite
}

/** Decides which process commits the writes that reach this one. Without it this process commits them, as functions do. */
export interface WriteRouting {
  /** The name of this process as the owner in heads. */
  readonly node: string
  /** Returns the submit function that routes writes. Is called once, before anything else. */
  start(own: OwnWrites): SubmitWrite
  /** Gives up the shards that this process owns, after its last write was answered. Never rejects. */
  close(): Promise<void>
}
