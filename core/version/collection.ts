import type { EpochMs } from '../clock.ts'
import type { Schema } from '../schema/schema.ts'

/** Defaults of a collection's searches, as the user gave them: plain JSON that this layer only stores. */
export type Settings = { readonly [name: string]: unknown }

/** A collection as it was last read: one immutable version of everything except its documents. */
export type Collection = {
  readonly name: string
  /** Identity: part of all keys, never used twice. */
  readonly uid: string
  readonly shardCount: number
  readonly schema: Schema
  readonly settings: Settings
  /** Grows with each change of the settings. */
  readonly revision: number
  readonly createdMs: EpochMs
  /** For a branch, the uid of the collection that it was made from. */
  readonly parent?: string
}

/** One shard of one collection. */
export type ShardRef = { readonly uid: string; readonly shard: number }

/** Key prefix of a shard's objects, with the final slash. */
export function shardPrefix({ uid, shard }: ShardRef): string {
  return `c/${uid}/s/${shard}/`
}

/** The shard for a prefix that {@link shardPrefix} made. */
export function shardOfPrefix(prefix: string): ShardRef {
  const [, uid, , shard] = prefix.split('/')
  return { uid: uid!, shard: Number(shard) }
}
