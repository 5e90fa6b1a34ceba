import type { DocId } from '../../postings/posting-list.ts'
import type { PartRun } from './part.ts'
import type { Collector } from './top-docs.ts'
import type { WindowBits, WindowNode } from './window.ts'

/** A query compiled for one segment, and the receivers of its matches. */
export type SegmentExecution = {
  readonly root: WindowNode
  /** Number of terms, phrases and sets below `root`, which measures the work per window. */
  readonly leafCount: number
  readonly docCount: number
  /** One bit per document that the filter accepts and that is not deleted. Undefined means all documents. */
  readonly accepted: Uint32Array | undefined
  readonly collector: Collector
  /** Matches are counted exactly up to this number; 0 means that they are not counted. */
  readonly countMax: number
  /** The runs of the parts, which collect every match of this segment. */
  readonly parts?: readonly PartRun<unknown>[]
}

/** Evaluates the windows of a query, one after another. */
export interface WindowRun {
  /**
   * Passes possible hits of the window to the collector.
   *
   * @param matches if given, is set to all matches of the window
   */
  run(base: DocId, end: DocId, matches: WindowBits | undefined): void
}
