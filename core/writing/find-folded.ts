import { NotFoundError, OutcomeUnknownError } from '../errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { type Head, readManifestObject } from '../version/head.ts'
import type { FoldedWrite, Manifest } from '../version/manifest.ts'

/** A write that waited, and the commit that took it along. */
export type Folded = {
  readonly outcome: 'folded'
  readonly folded: FoldedWrite
  readonly committed: Omit<Committed, 'lostCount'>
}

/** What a manifest says of a write that waited. */
export function foldedIn({ folded }: Manifest, id: string): FoldedWrite | undefined {
  return folded.find((write) => write.id === id)
}

/**
 * Looks which commit took a write along, of those up to a head's. Reads the
 * manifests in between, which are few: whoever waits looks often.
 *
 * @param entry.after the version at which it is known to have waited or not to have come yet
 * @returns undefined if none did
 * @throws {OutcomeUnknownError} if manifests are gone that would tell
 */
export async function findFolded(
  store: ObjectStore,
  ref: ShardRef,
  { head, knownAtMs }: Pick<Committed, 'head' | 'knownAtMs'>,
  entry: { readonly id: string; readonly after: number },
): Promise<Folded | undefined> {
  for (let manifest = head.manifest; ; ) {
    const folded = foldedIn(manifest, entry.id)
    if (folded) return { outcome: 'folded', folded, committed: { manifest, isOwn: false, head, knownAtMs } }
    const [previous] = manifest.predecessors
    if (!previous || previous.version <= entry.after) return undefined
    manifest = await readManifestObject(store, ref, previous).catch((cause: unknown) => {
      throw cause instanceof NotFoundError ? stillOpen(ref, cause) : cause
    })
  }
}

/** Of a write that may have been taken along, or may yet be. */
export function stillOpen({ uid, shard }: ShardRef, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    'outcome_unknown',
    `a write was left in the head of shard ${shard} of ${uid}, and nothing tells whether it is or will be committed`,
    { cause },
  )
}

/** Where a write waits, the head at which it was left or last seen; or none, if it never will. */
export type Left = Folded | { readonly outcome: 'waiting' | 'refused'; readonly head: Head }
