import type { SearchRequest } from '../../contract/search-request.ts'
import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { WindowBits } from './window.ts'

/** A kind of results that merge: partial results of segments, shards and leaves combine alike. */
export type Mergeable<Partial = unknown> = {
  /** Names the partial in answers of leaves. */
  readonly name: string
  /** The partial of no matches: merging it changes nothing. */
  readonly empty: Partial
  /** Associative and commutative, so that results do not depend on how data are split. Changes neither. */
  merge(a: Partial, b: Partial): Partial
  /** The partial as plain data that MessagePack holds. */
  encode(partial: Partial): unknown
  /** Verifies what another process sent. @throws {PrismError} for what is no partial of this kind */
  decode(encoded: unknown): Partial
}

/**
 * A section of a search's answer that every match contributes to, such as an aggregation. Each segment yields a partial
 * result, and the root finishes the merged one once.
 *
 * `Ready` is what is read of a segment beforehand, `Partial` the mergeable result. `name` also names the section.
 */
export type Part<Ready = unknown, Partial = unknown> = Mergeable<Partial> & {
  /** Whether a request asks for the section. */
  isAsked(request: SearchRequest): boolean
  /** What the part reads of a segment before its matches are known. */
  plan(source: SegmentSource): Plan<Ready>
  begin(source: SegmentSource, ready: Ready): PartRun<Partial>
  /** The section of the answer, as JSON. */
  finish(partial: Partial): unknown
}

/** One part's work on one segment. */
export interface PartRun<Partial> {
  /** Takes the matches of the window that begins at `base`; windows come in ascending order, those without matches are left out. */
  collect(base: DocId, matches: WindowBits): void
  end(): Partial
}

/** Kinds of partials, in the order that their partials stand in. */
export type Kinds<Partials extends readonly unknown[]> = { readonly [K in keyof Partials]: Mergeable<Partials[K]> }

/** Merges the partials of several segments, shards or leaves, kind by kind. */
export function mergePartials<P extends readonly unknown[]>(kinds: Kinds<P>, some: readonly P[]): P {
  const merge = (a: readonly unknown[], b: readonly unknown[]) => kinds.map((kind, k) => kind.merge(a[k], b[k]))
  const [first = emptyPartials(kinds), ...rest] = some as readonly (readonly unknown[])[]
  return rest.reduce(merge, first) as unknown as P
}

/** The partials of no matches. */
export function emptyPartials<P extends readonly unknown[]>(kinds: Kinds<P>): P {
  return kinds.map(({ empty }) => empty) as unknown as P
}

/** Partials by the names of their kinds. */
export function encodePartials<P extends readonly unknown[]>(kinds: Kinds<P>, partials: P): Record<string, unknown> {
  return Object.fromEntries(kinds.map((kind, k) => [kind.name, kind.encode(partials[k])]))
}

/** Partials out of what {@link encodePartials} made of them. @throws {PrismError} for what is not of these kinds */
export function decodePartials<P extends readonly unknown[]>(
  kinds: Kinds<P>,
  encoded: Readonly<Record<string, unknown>>,
): P {
  return kinds.map((kind) => kind.decode(encoded[kind.name])) as unknown as P
}
