import type { ScrubRun } from '../repair/scrub.ts'

/** The result of a run of `compactWanted`. */
export type CompactWantedAnswer = {
  /** Number of shards that were announced for compaction. */
  readonly shards: number
  /** Per shard: the number of merges, and of the segments and bytes that they rewrote. */
  readonly merged: readonly {
    readonly uid: string
    readonly shard: number
    readonly merges: number
    readonly segments: number
    readonly bytes: number
  }[]
  /** Merges that were not done. `no_time`: they would not end in time. `contention`: another process does the same. */
  readonly skipped: readonly {
    readonly uid: string
    readonly shard: number
    readonly bytes: number
    readonly reason: 'no_time' | 'contention'
  }[]
  /** Number of shards whose errors went to `onFailure`. */
  readonly failed: number
  /** Number of shards for which no time was left. */
  readonly left: number
}

/** The result of a run of `collectGarbage`. The first seven members count deleted collections. */
export type CollectGarbageAnswer = {
  /** Unfinished deletions that the run found. */
  readonly collections: number
  /** Deletions that are finished now: their data are gone. */
  readonly removed: number
  /** Deletions that wait because something pins their data. */
  readonly pinned: number
  /** Deletions that may be about to begin, or are running elsewhere. */
  readonly waiting: number
  /** Deletions that never began: the collections stay. */
  readonly called_off: number
  /** Deletions whose errors went to `onFailure`. */
  readonly failed: number
  /** Deletions for which no time was left. */
  readonly left: number
  /** The garbage of live collections: objects that no kept version needs. */
  readonly garbage: {
    /** Shards that the run read. */
    readonly shards: number
    /** Removed objects; with `dry_run`, the objects that would be removed. */
    readonly objects: number
    readonly bytes: number
    /** Shards that were skipped because writes in their heads wait for the next commit. */
    readonly pending: number
    /** Shards whose errors went to `onFailure`. */
    readonly failed: number
    /** Shards for which no time was left. */
    readonly left: number
  }
}

/** What `collectGarbage` removes. Default: everything that no collection needs. */
export type CollectGarbageRequest = {
  /** Collects only this collection, and finishes no deletions. */
  readonly collection?: string
  /**
   * Milliseconds to keep a replaced version, from 0, which keeps only the newest version. Default: an hour; a shard
   * with more than 2,000 versions in that hour keeps them for a shorter time, but at least 6 minutes.
   */
  readonly retention_ms?: number
  /** Whether to report what would be removed and change nothing. Ignores deletions. Default: false. */
  readonly dry_run?: boolean
}

/**
 * The progress of `collectGarbage`. `done` and `of` count shards; `objects` and `bytes` count what is removed so far.
 */
export type CollectGarbageProgress = {
  readonly collection: string
  readonly shard: number
  readonly done: number
  readonly of: number
  readonly objects: number
  readonly bytes: number
}

/** What `scrub` reads. Default: every byte of all collections. */
export type ScrubRequest = ScrubRun & {
  /** The collection to scrub. Default: all collections. */
  readonly collection?: string | undefined
}

/** What `scrub` has read, and the damage it has found. */
export type ScrubAnswer = {
  readonly collections: number
  readonly shards: number
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Number of older versions that were also read, because snapshots or branches pin them. */
  readonly pinned_versions: number
  /** Objects that no head refers to, including older versions. They are counted but not verified. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
  readonly damage_count: number
  /** The first 1,000 damages. */
  readonly damage: readonly {
    readonly collection: string
    /** Null for damage of the collection as a whole. */
    readonly shard: number | null
    readonly file: string
    readonly section: string
    readonly found: string
    readonly expected: string
  }[]
  /** Whether the signal ended the run early. */
  readonly stopped: boolean
}

/** Options of `rebuildTable`. */
export type RebuildTableRequest = {
  /** Whether to compute everything and write nothing. Default: false. */
  readonly dry_run?: boolean
  /** Ends the run early; the next run does the rest. */
  readonly signal?: AbortSignal
  /** Called with the name of each collection before it is rebuilt. */
  readonly report?: (collection: string) => void
}

/** What `rebuildTable` restored. */
export type RebuildTableAnswer = {
  readonly dry_run: boolean
  readonly collections: readonly {
    readonly name: string
    /** The old name of the collection, if another collection has that name now; otherwise null. */
    readonly former_name: string | null
    readonly uid: string
    readonly schema_version: number
    readonly documents: number
    readonly shards: readonly {
      readonly shard: number
      /** The newest version that was certainly committed. */
      readonly proven_version: number
      /** The restored version, at least the proven one. */
      readonly version: number
      readonly documents: number
      readonly segments: number
      /** Commit attempts that may have succeeded, and are included in the restored version. */
      readonly replayed: readonly { readonly version: number; readonly commit: string }[]
      readonly doubts: readonly string[]
    }[]
    readonly doubts: readonly string[]
  }[]
  /** Number of unfinished deletions, which the next garbage collection finishes. */
  readonly deleted: number
  /** What is not restored, and why. */
  readonly skipped: readonly { readonly uid: string; readonly name: string | null; readonly reason: string }[]
}
