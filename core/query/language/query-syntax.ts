/**
 * The syntax tree of a query, before fields are resolved and words analysed. `at` is the position of a node in the query, in
 * UTF-16 units.
 */
export type QueryNode =
  /** `fuzzy` is 1 for `mach~1`, and `auto` for `mach~`. */
  | { readonly kind: 'word'; readonly text: string; readonly fuzzy: 'none' | 'auto' | 1 | 2; readonly at: number }
  | { readonly kind: 'phrase'; readonly text: string; readonly slop: number; readonly at: number }
  /** Literal text alternating with `*` and `?`. */
  | { readonly kind: 'pattern'; readonly parts: readonly PatternPart[]; readonly at: number }
  /** Only in a field. An open end has no bound. */
  | { readonly kind: 'range'; readonly bounds: TextBounds; readonly at: number }
  /** `field:*` */
  | { readonly kind: 'exists'; readonly at: number }
  /** `*` */
  | { readonly kind: 'all'; readonly at: number }
  | { readonly kind: 'field'; readonly name: string; readonly node: QueryNode; readonly at: number }
  | { readonly kind: 'boost'; readonly boost: number; readonly node: QueryNode }
  | { readonly kind: 'not'; readonly node: QueryNode }
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly QueryNode[] }
  | { readonly kind: 'sequence'; readonly items: readonly SequenceItem[] }

/** One of several clauses in a row. The request's `operator` decides whether `bare` clauses must match. */
export type SequenceItem = { readonly occur: 'must' | 'must_not' | 'bare'; readonly node: QueryNode }

/** A part of a wildcard pattern: text, any characters, or one character. */
export type PatternPart = { readonly kind: 'literal'; readonly text: string } | { readonly kind: '*' | '?' }

/** The bounds of a range, as text. */
export type TextBounds = { readonly gt?: string; readonly gte?: string; readonly lt?: string; readonly lte?: string }
