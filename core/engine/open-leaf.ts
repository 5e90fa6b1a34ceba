import type { Clock } from '../clock.ts'
import { LengthNormsCache } from '../query/score/bm25.ts'
import type { Part } from '../query/score/part.ts'
import { Deadlines } from '../reading/deadlines.ts'
import type { Reading } from '../reading/read-context.ts'
import { SegmentCache } from '../segment/read/segment-cache.ts'
import { type ServedLeaf, serveLeaf } from '../transport/serve-leaf.ts'

/** The components of a leaf. */
export type LeafComponents = {
  readonly clock: Clock
  /** Begins a request and counts its reads, which go through the caches, if any. */
  beginReading(): Reading
  /** Milliseconds that the current request may still take in this process. Default: as long as its root allows. */
  readonly limitMs?: () => number
  /** The same parts as in the engine of the root. */
  readonly parts?: readonly Part[]
}

/** Answers parts of searches: takes an encoded request and returns an encoded answer. Keeps segments open. */
export function openLeaf({ clock, beginReading, limitMs, parts }: LeafComponents): ServedLeaf {
  const context = {
    clock,
    beginReading,
    deadlines: new Deadlines(clock),
    norms: new LengthNormsCache(),
    segments: new SegmentCache(),
    parts,
  }
  return serveLeaf(context, limitMs)
}
