import type { Manifest } from '../../../core/version/manifest.ts'
import { Violation } from '../processes/scheduler.ts'

/** One version of a shard, from the moment it was committed. */
export type KnownVersion = {
  readonly version: number
  readonly manifest: Manifest
  readonly atStep: number
  readonly atMs: number
  /** The number that each live document was written with, by id. */
  readonly documents: ReadonlyMap<string, number>
}

export type KnownShard = {
  readonly uid: string
  readonly shard: number
  readonly versions: KnownVersion[]
  epoch: number
  gcFloor: number
  retainedFrom: number
  /** When its collection was fenced. */
  deleted: { readonly atStep: number; readonly atMs: number } | undefined
  /** Whether its row is there. */
  isThere: boolean
  /** Numbers that some version has had, with the id of their document. */
  readonly introduced: Map<number, string>
}

export function newShard(ref: { readonly uid: string; readonly shard: number }): KnownShard {
  return {
    ...ref,
    versions: [],
    epoch: 0,
    gcFloor: 0,
    retainedFrom: 1,
    deleted: undefined,
    isThere: true,
    introduced: new Map(),
  }
}

export function nameOf({ uid, shard }: { readonly uid: string; readonly shard: number }): string {
  return `${uid}#${shard}`
}

export function fail(what: string): never {
  throw new Violation(what)
}
