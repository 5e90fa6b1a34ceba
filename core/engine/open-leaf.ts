import type { Clock } from '../clock.ts'
import { LengthNormsCache } from '../query/score/bm25.ts'
import type { Part } from '../query/score/part.ts'
import { Deadlines } from '../reading/deadlines.ts'
import type { Reading } from '../reading/read-context.ts'
import { SegmentCache } from '../segment/read/segment-cache.ts'
import { type ServedLeaf, serveLeaf } from '../transport/serve-leaf.ts'

/** What a leaf is made of. */
export type LeafComponents = {
  readonly clock: Clock
  /** Begins a request whose reads are counted, through whatever caches there are. */
  beginReading(): Reading
  /** Milliseconds that the request under way may still take here. Default: as long as its root allows. */
  readonly limitMs?: () => number
  /** The same parts that the asking engine has. */
  readonly parts?: readonly Part[]
}

/** Answers parts of searches: a request's bytes in, its answer's bytes out. Keeps segments open between them. */
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
