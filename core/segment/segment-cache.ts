import type { ObjectStore } from '../storage/object-store.ts'
import { openSegment } from './open-segment.ts'
import type { SegmentEntry } from './segment-entry.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Open segments that are kept: each holds its footer, up to half a megabyte for a million documents. */
const OPEN_MAX = 1_000

/** Segments that are open already, the longest unused let go first. A segment never changes, so one that is open stays right. */
export class SegmentCache {
  readonly #open = new Map<string, Promise<SegmentReader>>()

  /** Opens a segment, unless it is open; who asks at the same time shares the one read. */
  open(store: ObjectStore, prefix: string, entry: SegmentEntry): Promise<SegmentReader> {
    const key = `${prefix}${entry.name}`
    const known = this.#open.get(key)
    // A map keeps the order of insertion, so the first key is the longest unused.
    if (known !== undefined) this.#open.delete(key)
    const opening = known ?? this.#read(store, prefix, entry)
    this.#open.set(key, opening)
    if (this.#open.size > OPEN_MAX) this.#open.delete(this.#open.keys().next().value!)
    return opening
  }

  #read(store: ObjectStore, prefix: string, entry: SegmentEntry): Promise<SegmentReader> {
    const opening = openSegment(store, prefix, entry)
    opening.catch(() => this.#open.delete(`${prefix}${entry.name}`))
    return opening
  }
}
