import type { DocId } from '../../postings/posting-list.ts'
import type { PartRun } from './part.ts'
import type { Collector } from './top-docs.ts'
import type { WindowBits, WindowNode } from './window.ts'

/** A query that is compiled for one segment, and what becomes of its matches. */
export type SegmentExecution = {
  readonly root: WindowNode
  readonly docCount: number
  /** One bit a document: those that the filter accepts and that are not deleted. Absent: all. */
  readonly accepted: Uint32Array | undefined
  readonly collector: Collector
  /** Matches are counted exactly up to this number; 0: not at all. */
  readonly countMax: number
  /** Of each part that sees every match, its work on this segment. */
  readonly parts?: readonly PartRun<unknown>[]
}

/** Evaluates a query's windows, one after the other. */
export interface WindowRun {
  /**
   * Hands what may be wanted to the collector.
   *
   * @param matches is filled with all matches of the window if given
   */
  run(base: DocId, end: DocId, matches: WindowBits | undefined): void
}
