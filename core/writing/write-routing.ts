import type { Clock } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import type { HeadCache } from '../version/head-cache.ts'
import type { WriteOutcome, WriteRequest } from './shard-writer.ts'

/** Hands a batch of one request to the process that commits it. Throws as `commit` does. */
export type SubmitWrite = (ref: ShardRef, request: WriteRequest) => Promise<WriteOutcome>

/** What a process can do by itself for the shards that are written to. */
export type OwnWrites = {
  readonly coordination: Coordination
  readonly clock: Clock
  readonly timeLimit?: TimeLimit
  readonly heads: HeadCache
  /** Commits here, even if another node owns the shard: the head decides, so that is safe. */
  readonly submit: SubmitWrite
}

/** Who commits the writes that reach this process. Without it the process does, as functions do. */
export interface WriteRouting {
  /** What heads name as their owner where it is this process. */
  readonly node: string
  /** Called once, before anything else. */
  over(own: OwnWrites): SubmitWrite
  /** Gives up what this process owns, once its last write was answered. Never rejects. */
  close(): Promise<void>
}
