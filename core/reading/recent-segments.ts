import type { Clock, MonotonicMs } from '../clock.ts'
import type { Bitset } from '../segment/format/tombstones.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import type { Manifest } from '../version/manifest.ts'

/** What all searches of one version share of a segment. */
export type OpenedSegment = {
  readonly reader: SegmentReader
  /** Documents deleted in that version; undefined: none. */
  readonly deleted: Bitset | undefined
}

/** Caches that keep what was used last hear of a use at least this often. */
const FRESH_MS = 1000
/** Footers and tombstones that are held, which caches may have let go meanwhile. */
const BYTES_MAX = 8 * 1024 * 1024

type Recent = { readonly segments: readonly OpenedSegment[]; readonly byteSize: number; readonly atMs: MonotonicMs }

/**
 * The open segments of versions that were searched within the last second: to look each of them and its tombstones
 * up in their caches takes a search of many small segments about as long as to score them. Bounded in bytes.
 */
export class RecentSegments {
  readonly #clock: Clock
  /** In order of age. Manifests are never changed, and those of one version are shared by its searches. */
  readonly #recent = new Map<Manifest, Recent>()
  #byteSize = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Versions whose segments are held. */
  get size(): number {
    return this.#recent.size
  }

  /** The segments of a version, in the order of its manifest, if they were opened within a second. */
  find(manifest: Manifest): readonly OpenedSegment[] | undefined {
    const known = this.#recent.get(manifest)
    return known !== undefined && this.#isFresh(known) ? known.segments : undefined
  }

  /** Holds the segments of a version for a second, in the order of its manifest. */
  keep(manifest: Manifest, segments: readonly OpenedSegment[]): void {
    const byteSize = segments.reduce((sum, segment) => sum + heldBytes(segment), 0)
    this.#forget(manifest)
    for (const [oldest, recent] of this.#recent) {
      if (this.#byteSize + byteSize <= BYTES_MAX && this.#isFresh(recent)) break
      this.#forget(oldest)
    }
    if (byteSize > BYTES_MAX) return
    this.#recent.set(manifest, { segments, byteSize, atMs: this.#clock.monotonic() })
    this.#byteSize += byteSize
  }

  #isFresh({ atMs }: Recent): boolean {
    return this.#clock.monotonic() - atMs < FRESH_MS
  }

  #forget(manifest: Manifest): void {
    this.#byteSize -= this.#recent.get(manifest)?.byteSize ?? 0
    this.#recent.delete(manifest)
  }
}

function heldBytes({ reader, deleted }: OpenedSegment): number {
  return reader.file.footerSize + (deleted?.byteLength ?? 0)
}
