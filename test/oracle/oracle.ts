import type { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { FieldNumber } from '../../core/fields/field.ts'
import type { Bounds, Clause, Filter, SortKey, WordPattern } from '../../core/query/language/clause.ts'
import type { Schema } from '../../core/schema/schema.ts'
import { flatten, type OracleDocument, type OracleValue } from './flatten.ts'

export type OracleHit = { readonly id: string; readonly score: number }
export type OracleSearch = {
  readonly clause: Clause
  readonly filter?: Filter | undefined
  readonly sort?: readonly SortKey[]
  readonly offset?: number
  readonly limit?: number
}

/**
 * A search engine that tries every document, written from docs/ranking.md and
 * the HTTP contract without looking at the real engine. Of documents with the same id, the last counts.
 */
export class Oracle {
  readonly documents: readonly OracleDocument[]
  readonly #schema: Schema
  readonly #lengths = new Map<FieldNumber, { readonly docCount: number; readonly average: number }>()
  readonly #docFreqs = new Map<string, number>()
  readonly #words = new Map<FieldNumber, readonly { readonly form: string; readonly term: string }[]>()

  constructor(schema: Schema, documents: readonly object[], analyzers: Pick<AnalyzerPool, 'get'>) {
    const byId = new Map(documents.map((document) => [String((document as { id?: unknown }).id), document]))
    this.#schema = schema
    this.documents = Array.from(byId.values(), (document) => flatten(schema, document, analyzers))
  }

  search({ clause, filter, sort = [], offset = 0, limit = 10 }: OracleSearch): { hits: OracleHit[]; total: number } {
    const prepared = this.#expandFuzzy(clause)
    const matching = this.documents.flatMap((document) => {
      if (filter !== undefined && !this.accepts(filter, document)) return []
      const score = this.#score(prepared, document)
      return score === undefined ? [] : [{ document, score }]
    })
    const keys: readonly SortKey[] = sort.length === 0 ? [{ kind: 'score' }] : sort
    matching.sort((a, b) => {
      for (const key of keys) {
        const order = compareBy(key, a, b)
        if (order !== 0) return order
      }
      return compareStrings(a.document.id, b.document.id)
    })
    const hits = matching.slice(offset, offset + limit).map(({ document, score }) => ({ id: document.id, score }))
    return { hits, total: matching.length }
  }

  accepts(filter: Filter, document: OracleDocument): boolean {
    switch (filter.kind) {
      case 'and':
        return filter.filters.every((part) => this.accepts(part, document))
      case 'or':
        return filter.filters.some((part) => this.accepts(part, document))
      case 'not':
        return !this.accepts(filter.filter, document)
      case 'in':
        return exactOf(document, filter.field).some((value) => filter.values.some((wanted) => isEqual(value, wanted)))
      case 'contains_all':
        return filter.values.every((wanted) => exactOf(document, filter.field).some((value) => isEqual(value, wanted)))
      case 'range':
        return exactOf(document, filter.field).some((value) => isWithin(value, filter.bounds))
      case 'prefix':
        return exactOf(document, filter.field).some((value) => String(value).startsWith(filter.prefix))
      case 'exists':
        return document.values.has(filter.field)
      case 'ids':
        return filter.ids.includes(document.id)
    }
  }

  /** @returns undefined if the document does not match */
  #score(clause: Clause, document: OracleDocument): number | undefined {
    switch (clause.kind) {
      case 'all':
        return clause.boost
      case 'none':
        return undefined
      case 'term': {
        const freq = wordsOf(document, clause.field).filter(({ term }) => term === clause.term).length
        return freq === 0 ? undefined : this.#bm25(clause.field, [clause.term], freq, clause.boost, document)
      }
      case 'phrase': {
        const freq = phraseFrequency(clause, document)
        const terms = clause.terms.map(({ term }) => term)
        return freq === 0 ? undefined : this.#bm25(clause.field, terms, freq, clause.boost, document)
      }
      case 'keyword':
        return exactOf(document, clause.field).includes(clause.value) ? clause.boost : undefined
      case 'pattern': {
        const matches = patternTest(clause.pattern)
        const candidates =
          clause.lane === 'text'
            ? wordsOf(document, clause.field).map(({ form }) => form)
            : exactOf(document, clause.field)
        return candidates.some((candidate) => matches(String(candidate))) ? clause.boost : undefined
      }
      case 'range':
        return exactOf(document, clause.field).some((value) => isWithin(value, clause.bounds))
          ? clause.boost
          : undefined
      case 'exists':
        return document.values.has(clause.field) ? clause.boost : undefined
      case 'fields': {
        const scores = clause.clauses.map((part) => this.#score(part, document)).filter((score) => score !== undefined)
        if (scores.length === 0) return undefined
        const combined = clause.mode === 'sum' ? scores.reduce((sum, score) => sum + score) : Math.max(...scores)
        return combined * clause.boost
      }
      case 'bool':
        return this.#scoreBool(clause, document)
      case 'fuzzy':
        throw new Error('fuzzy words are expanded before scoring')
    }
  }

  #scoreBool({ parts, boost }: Extract<Clause, { kind: 'bool' }>, document: OracleDocument): number | undefined {
    const scored = parts.map(({ occur, clause }) => ({ occur, score: this.#score(clause, document) }))
    if (scored.some(({ occur, score }) => occur === 'must_not' && score !== undefined)) return undefined
    if (scored.some(({ occur, score }) => occur === 'must' && score === undefined)) return undefined
    const adding = scored.flatMap(({ occur, score }) => (occur === 'must_not' || score === undefined ? [] : [score]))
    // Without a must, at least one should must match.
    return adding.length === 0 ? undefined : adding.reduce((sum, score) => sum + score) * boost
  }

  #bm25(field: FieldNumber, terms: readonly string[], freq: number, boost: number, document: OracleDocument): number {
    const { docCount, average } = this.#lengthsOf(field)
    const { k1, b } = this.#schema.fields[field]!
    let idf = 0
    for (const term of terms) {
      const docFreq = this.#docFreq(field, term)
      idf += Math.log(1 + (docCount - docFreq + 0.5) / (docFreq + 0.5))
    }
    const weight = boost * idf * (k1 + 1)
    const norm = k1 * (1 - b) + ((k1 * b) / average) * wordsOf(document, field).length
    return (weight * freq) / (freq + norm)
  }

  #lengthsOf(field: FieldNumber): { readonly docCount: number; readonly average: number } {
    return remember(this.#lengths, field, () => {
      const lengths = this.documents.map((document) => wordsOf(document, field).length).filter((length) => length > 0)
      const tokens = lengths.reduce((sum, length) => sum + length, 0)
      return { docCount: lengths.length, average: tokens / lengths.length }
    })
  }

  #distinctWords(field: FieldNumber): readonly { readonly form: string; readonly term: string }[] {
    return remember(this.#words, field, () => {
      const words = this.documents.flatMap((document) => wordsOf(document, field))
      return [...new Map(words.map((word) => [`${word.form} ${word.term}`, word])).values()]
    })
  }

  #docFreq(field: FieldNumber, term: string): number {
    return remember(this.#docFreqs, `${field} ${term}`, () => {
      return this.documents.filter((document) => wordsOf(document, field).some((word) => word.term === term)).length
    })
  }

  #expandFuzzy(clause: Clause): Clause {
    if (clause.kind === 'bool') {
      return { ...clause, parts: clause.parts.map((part) => ({ ...part, clause: this.#expandFuzzy(part.clause) })) }
    }
    if (clause.kind === 'fields') return { ...clause, clauses: clause.clauses.map((part) => this.#expandFuzzy(part)) }
    if (clause.kind !== 'fuzzy') return clause
    const { field, form, boost } = clause
    const length = [...form].length
    const distances = new Map<string, number>()
    for (const word of this.#distinctWords(field)) {
      if ([...word.form][0] !== [...form][0]) continue
      const distance = editsBetween(form, word.form)
      if (distance > clause.distance || distance >= length) continue
      distances.set(word.term, Math.min(distance, distances.get(word.term) ?? distance))
    }
    const expansions = Array.from(distances, ([term, distance]) => ({
      term,
      distance,
      docFreq: this.#docFreq(field, term),
    }))
    expansions.sort((a, b) => a.distance - b.distance || b.docFreq - a.docFreq || compareStrings(a.term, b.term))
    const clauses = expansions.slice(0, clause.variants).map(({ term, distance }): Clause => {
      return { kind: 'term', field, term, boost: 1 - distance / length }
    })
    return { kind: 'fields', mode: 'best', clauses, boost }
  }
}

function remember<K, V>(known: Map<K, V>, key: K, compute: () => V): V {
  const before = known.get(key)
  if (before !== undefined) return before
  const value = compute()
  known.set(key, value)
  return value
}

function wordsOf(document: OracleDocument, field: FieldNumber) {
  return document.words.get(field) ?? []
}

function exactOf(document: OracleDocument, field: FieldNumber): readonly OracleValue[] {
  return document.exact.get(field) ?? []
}

/** Occurrences of some words of a phrase: their span, and those of the words that the phrase repeats. */
type Choice = { readonly low: number; readonly high: number; readonly taken: readonly string[] }

/** Takes the spans of all choices of occurrences, and keeps the minimal spans that are short enough. */
function phraseFrequency(
  { field, terms, slop }: Extract<Clause, { kind: 'phrase' }>,
  document: OracleDocument,
): number {
  const places = terms.map(({ term, position }) => {
    return wordsOf(document, field)
      .filter((word) => word.term === term)
      .map((word) => ({ y: word.position - position, taken: `${term}@${word.position}` }))
  })
  const isRepeated = (place: number) => terms.some(({ term }, other) => other !== place && term === terms[place]!.term)
  let choices = new Map<string, Choice>([['', { low: Infinity, high: -Infinity, taken: [] }]])
  for (const [place, list] of places.entries()) {
    const longer = new Map<string, Choice>()
    for (const { low, high, taken } of choices.values()) {
      for (const one of list) {
        // An occurrence fills one place of the phrase, also if the phrase repeats its term.
        if (taken.includes(one.taken)) continue
        const next = {
          low: Math.min(low, one.y),
          high: Math.max(high, one.y),
          taken: isRepeated(place) ? [...taken, one.taken].sort() : taken,
        }
        longer.set(`${next.low} ${next.high} ${next.taken.join()}`, next)
      }
    }
    choices = longer
  }
  const spans = new Map(Array.from(choices.values(), ({ low, high }) => [`${low} ${high}`, { low, high }]))
  const all = [...spans.values()]
  return all
    .filter((span) => !all.some((other) => other !== span && other.low >= span.low && other.high <= span.high))
    .filter(({ low, high }) => high - low <= slop)
    .sort((a, b) => a.low - b.low)
    .reduce((sum, { low, high }) => sum + 1 / (1 + high - low), 0)
}

function patternTest(pattern: WordPattern): (word: string) => boolean {
  if (pattern.kind === 'prefix') return (word) => word.startsWith(pattern.prefix)
  const source = pattern.parts.map((part, i) => {
    if (pattern.literal[i]) return part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    return part === '*' ? '.*' : '.'
  })
  const expression = new RegExp(`^${source.join('')}$`, 'su')
  return (word) => expression.test(word)
}

/** Optimal string alignment by its defining recursion. */
function editsBetween(a: string, b: string): number {
  const [from, to] = [[...a], [...b]]
  const known = new Map<number, number>()
  const edits = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j
    const key = i * 1000 + j
    const before = known.get(key)
    if (before !== undefined) return before
    let least = Math.min(
      edits(i - 1, j) + 1,
      edits(i, j - 1) + 1,
      edits(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1),
    )
    if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
      least = Math.min(least, edits(i - 2, j - 2) + 1)
    known.set(key, least)
    return least
  }
  return Math.abs(from.length - to.length) > 2 ? 3 : edits(from.length, to.length)
}

type Scored = { readonly document: OracleDocument; readonly score: number }

function compareBy(key: SortKey, a: Scored, b: Scored): number {
  if (key.kind === 'score') return b.score - a.score
  if (key.kind === 'id') return (key.descending ? -1 : 1) * compareStrings(a.document.id, b.document.id)
  const [left, right] = [a, b].map(({ document }) => {
    return [...exactOf(document, key.field)].sort(compareValues).at(key.descending ? -1 : 0)
  })
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
  return (key.descending ? -1 : 1) * compareValues(left, right)
}

function isEqual(a: OracleValue, b: OracleValue): boolean {
  return compareValues(a, b) === 0
}

function isWithin(value: OracleValue, { gt, gte, lt, lte }: Bounds): boolean {
  return (
    (gt === undefined || compareValues(value, gt) > 0) &&
    (gte === undefined || compareValues(value, gte) >= 0) &&
    (lt === undefined || compareValues(value, lt) < 0) &&
    (lte === undefined || compareValues(value, lte) <= 0)
  )
}

function compareValues(a: OracleValue, b: OracleValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

function compareStrings(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
