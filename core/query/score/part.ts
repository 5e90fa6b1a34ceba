import type { SearchRequest } from '../../contract/search-request.ts'
import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { WindowBits } from './window.ts'

/** A kind of mergeable results: partials of segments, shards and leaves all merge the same way. */
export type Mergeable<Partial = unknown> = {
  /** The key of the partial in answers of leaves. */
  readonly name: string
  /** The partial of no matches: merging it changes nothing. */
  readonly empty: Partial
  /** Associative and commutative, so that results do not depend on how data is split. Does not change `a` or `b`. */
  merge(a: Partial, b: Partial): Partial
  /** Encodes the partial as plain data that MessagePack can hold. */
  encode(partial: Partial): unknown
  /** Decodes and verifies a partial from another process. @throws {PrismError} if it is not a partial of this kind */
  decode(encoded: unknown): Partial
}

/**
 * Computes a section of the answer to which every match contributes, such as an aggregation. Each segment gives a partial, and
 * the root finishes the merged partial once.
 *
 * `Ready` is the data read from a segment before collecting, `Partial` the mergeable result. `name` is also the name of the
 * section.
 */
export type Part<Ready = unknown, Partial = unknown> = Mergeable<Partial> & {
  /** Whether a request includes the section. */
  isRequested(request: SearchRequest): boolean
  /** Reads what the part needs from a segment, before matches are known. */
  plan(source: SegmentSource): Plan<Ready>
  begin(source: SegmentSource, ready: Ready): PartRun<Partial>
  /** The section of the answer, as JSON. */
  finish(partial: Partial): unknown
}

/** One part's work on one segment. */
export interface PartRun<Partial> {
  /** Collects the matches of the window that begins at `base`. Windows are in ascending order; those without matches are skipped. */
  collect(base: DocId, matches: WindowBits): void
  end(): Partial
}

/** The kinds of a list of partials, in the same order. */
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

/** Encodes partials as an object whose keys are the names of their kinds. */
export function encodePartials<P extends readonly unknown[]>(kinds: Kinds<P>, partials: P): Record<string, unknown> {
  return Object.fromEntries(kinds.map((kind, k) => [kind.name, kind.encode(partials[k])]))
}

/** Decodes the result of {@link encodePartials}. @throws {PrismError} if a partial is not of its kind */
export function decodePartials<P extends readonly unknown[]>(
  kinds: Kinds<P>,
  encoded: Readonly<Record<string, unknown>>,
): P {
  return kinds.map((kind) => kind.decode(encoded[kind.name])) as unknown as P
}
