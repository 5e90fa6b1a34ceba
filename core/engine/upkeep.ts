import type { ScrubRun } from '../repair/scrub.ts'

/** What a run of `compactWanted` did. */
export type CompactWantedAnswer = {
  /** Shards that called for compaction. */
  readonly shards: number
  /** Per shard: `merges` rewrote so many `segments` of so many `bytes`. */
  readonly merged: readonly {
    readonly uid: string
    readonly shard: number
    readonly merges: number
    readonly segments: number
    readonly bytes: number
  }[]
  /** Merges left to do. `no_time`: they would not have ended in time. `contention`: another process was at the same. */
  readonly skipped: readonly {
    readonly uid: string
    readonly shard: number
    readonly bytes: number
    readonly reason: 'no_time' | 'contention'
  }[]
  /** Shards whose errors went to `onFailure`. */
  readonly failed: number
  /** Shards that there was no time for. */
  readonly left: number
}

/** What a run of `collectGarbage` did. The first seven count deleted collections. */
export type CollectGarbageAnswer = {
  /** Unfinished deletions that the run found. */
  readonly collections: number
  /** Deletions that are finished now: their data are gone. */
  readonly removed: number
  /** Deletions that wait because something pins their data. */
  readonly pinned: number
  /** Deletions that may be about to begin, or are under way elsewhere. */
  readonly waiting: number
  /** Deletions that never began: the collections stay. */
  readonly called_off: number
  /** Deletions whose errors went to `onFailure`. */
  readonly failed: number
  /** Deletions that there was not enough time for. */
  readonly left: number
  /** What live collections held that no kept version needs. */
  readonly garbage: {
    /** Shards that the run read. */
    readonly shards: number
    /** Objects removed, or with `dry_run` the objects that would be. */
    readonly objects: number
    readonly bytes: number
    /** Shards left alone because their head holds writes that wait for the next commit. */
    readonly pending: number
    /** Shards whose errors went to `onFailure`. */
    readonly failed: number
    /** Shards that there was not enough time for. */
    readonly left: number
  }
}

/** What `collectGarbage` is to remove. Default: everything that no collection needs. */
export type CollectGarbageRequest = {
  /** Only this collection, and no deletions. */
  readonly collection?: string
  /**
   * Milliseconds that a version is kept after another took its place, from 0, which keeps only the newest. Default: an
   * hour; a shard that made more than 2,000 versions in that hour keeps less, but at least 6 minutes.
   */
  readonly retention_ms?: number
  /** Reports what would be removed and changes nothing. Deletions are left out. Default: false. */
  readonly dry_run?: boolean
}

/** How far a run of `collectGarbage` is. `done` and `of` count shards; `objects` and `bytes` what was removed so far. */
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
  /** The collection to scrub. Default: all of them. */
  readonly collection?: string | undefined
}

/** What `scrub` read, and the damage it found. */
export type ScrubAnswer = {
  readonly collections: number
  readonly shards: number
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Older versions that were read as well, because snapshots or branches pin them. */
  readonly pinned_versions: number
  /** Objects that no head names, older versions among them. They are counted, not judged. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
  readonly damage_count: number
  /** The first 1,000 of them. */
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

/** How `rebuildTable` runs. */
export type RebuildTableRequest = {
  /** Works everything out and writes nothing. Default: false. */
  readonly dry_run?: boolean
  /** Ends the run early; the next run does the rest. */
  readonly signal?: AbortSignal
  /** Called with the name of each collection as its turn comes. */
  readonly report?: (collection: string) => void
}

/** What `rebuildTable` restored. */
export type RebuildTableAnswer = {
  readonly dry_run: boolean
  readonly collections: readonly {
    readonly name: string
    /** The collection's old name, if another collection has that name by now; else null. */
    readonly former_name: string | null
    readonly uid: string
    readonly schema_version: number
    readonly documents: number
    readonly shards: readonly {
      readonly shard: number
      /** The newest version that was certainly committed. */
      readonly proven_version: number
      /** The version that is restored, at least the proven one. */
      readonly version: number
      readonly documents: number
      readonly segments: number
      /** Attempts to commit that may have succeeded, and are part of the restored version. */
      readonly replayed: readonly { readonly version: number; readonly commit: string }[]
      readonly doubts: readonly string[]
    }[]
    readonly doubts: readonly string[]
  }[]
  /** Unfinished deletions that the next collection of garbage finishes. */
  readonly deleted: number
  /** What is not restored, and why. */
  readonly skipped: readonly { readonly uid: string; readonly name: string | null; readonly reason: string }[]
}
