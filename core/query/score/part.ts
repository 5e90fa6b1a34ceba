import type { SearchRequest } from '../../contract/search-request.ts'
import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { WindowBits } from './window.ts'

/**
 * A section of a search's answer that every match contributes to, such as an aggregation. Each segment yields a partial
 * result; partials of segments, shards and leaves are merged alike, and the root finishes the merged one once.
 *
 * `Ready` is what is read of a segment beforehand, `Partial` the mergeable result.
 */
export type Part<Ready = unknown, Partial = unknown> = {
  /** Names the section in answers, and the part in messages to leaves. */
  readonly name: string
  /** Whether a request asks for the section. */
  isAsked(request: SearchRequest): boolean
  /** What the part reads of a segment before its matches are known. */
  plan(source: SegmentSource): Plan<Ready>
  begin(source: SegmentSource, ready: Ready): PartRun<Partial>
  /** The partial of no matches: merging it changes nothing. */
  readonly empty: Partial
  /** Associative and commutative, so that the section does not depend on how data are split. Changes neither. */
  merge(a: Partial, b: Partial): Partial
  /** The partial as plain data that MessagePack holds. */
  encode(partial: Partial): unknown
  /** Verifies what another process sent. @throws {PrismError} for what is no partial of this part */
  decode(encoded: unknown): Partial
  /** The section of the answer, as JSON. */
  finish(partial: Partial): unknown
}

/** One part's work on one segment. */
export interface PartRun<Partial> {
  /** Takes the matches of the window that begins at `base`; windows come in ascending order, those without matches are left out. */
  collect(base: DocId, matches: WindowBits): void
  end(): Partial
}

/** Partials by the order of their parts. */
export type Partials = readonly unknown[]

/** Merges the partials of several shards or leaves, part by part. */
export function mergePartials(parts: readonly Part[], some: readonly Partials[]): Partials {
  return parts.map((part, p) => some.reduce<unknown>((sum, partials) => part.merge(sum, partials[p]), part.empty))
}
