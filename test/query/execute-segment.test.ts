import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePositions } from '../../core/postings/encode-positions.ts'
import { encodePostings } from '../../core/postings/encode-postings.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import type { PositionList, PostingList } from '../../core/postings/posting-list.ts'
import { LengthNorms, type TermWeight } from '../../core/query/score/bm25.ts'
import { AnyNode, BoolNode } from '../../core/query/score/compound-nodes.ts'
import { executeSegment } from '../../core/query/score/execute-segment.ts'
import { PhraseNode } from '../../core/query/score/phrase-node.ts'
import { AllNode, SetNode } from '../../core/query/score/set-node.ts'
import { TermNode } from '../../core/query/score/term-node.ts'
import { TopDocs } from '../../core/query/score/top-docs.ts'
import { WINDOW_SIZE, type WindowNode } from '../../core/query/score/window.ts'
import { WindowArena, withArena } from '../../core/query/score/window-arena.ts'

/** A query over a generated segment, small enough to try every document. */
type Query =
  | { readonly kind: 'term'; readonly term: number; readonly boost: number }
  | { readonly kind: 'phrase'; readonly terms: readonly number[]; readonly slop: number }
  | { readonly kind: 'set'; readonly every: number; readonly score: number }
  | { readonly kind: 'any'; readonly mode: 'sum' | 'best'; readonly parts: readonly Query[]; readonly boost: number }
  | {
      readonly kind: 'bool'
      readonly must: Query
      readonly should: readonly Query[]
      readonly mustNot: readonly Query[]
      readonly boost: number
    }

const TERM_COUNT = 6
const arena = new WindowArena()
const WEIGHTS: TermWeight[] = Array.from({ length: TERM_COUNT }, (_, t) => {
  return { weight: 1 + t / 3, norms: new LengthNorms(1.2, 0.75, { docCount: 10, tokenCount: 60 }) }
})

/** Document → its tokens, as numbers of terms. */
type Documents = readonly (readonly number[])[]

const query: fc.Memo<Query> = fc.memo((depth) => {
  const term = fc.record({
    kind: fc.constant('term' as const),
    term: fc.nat(TERM_COUNT - 1),
    boost: fc.constantFrom(1, 2),
  })
  const phrase = fc.record({
    kind: fc.constant('phrase' as const),
    terms: fc.array(fc.nat(TERM_COUNT - 1), { minLength: 2, maxLength: 3 }),
    slop: fc.nat(2),
  })
  const set = fc.record({
    kind: fc.constant('set' as const),
    every: fc.integer({ min: 1, max: 9 }),
    score: fc.constantFrom(0, 1),
  })
  if (depth <= 1) return fc.oneof({ weight: 4, arbitrary: term }, phrase, set)
  const part = query(depth - 1)
  const any = fc.record({
    kind: fc.constant('any' as const),
    mode: fc.constantFrom('sum' as const, 'best' as const),
    parts: fc.array(part, { minLength: 1, maxLength: 4 }),
    boost: fc.constantFrom(1, 3),
  })
  const bool = fc.record({
    kind: fc.constant('bool' as const),
    must: part,
    should: fc.array(part, { maxLength: 2 }),
    mustNot: fc.array(part, { maxLength: 1 }),
    boost: fc.constantFrom(1, 0.5),
  })
  return fc.oneof(part, any, bool)
})

test('any query over any segment finds, scores and counts the same documents as trying every document', () => {
  fc.assert(
    fc.property(
      query(3),
      fc.record({ seed: fc.nat(10_000), docCount: fc.constantFrom(1, 40, 2047, 2048, 5000), limit: fc.nat(12) }),
      fc.constantFrom(0, 5, Number.POSITIVE_INFINITY),
      fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }),
      (asked, { seed, docCount, limit }, countMax, acceptEvery) => {
        const documents = makeDocuments(seed, docCount)
        const accepts = (doc: number) => acceptEvery === undefined || doc % acceptEvery === 0
        const expected = documents
          .map((tokens, doc) => ({ doc, score: naiveScore(asked, tokens, doc) }))
          .filter((hit): hit is { doc: number; score: number } => hit.score !== undefined && accepts(hit.doc))
          .sort((a, b) => b.score - a.score || a.doc - b.doc)

        const collector = new TopDocs(limit)
        const accepted = acceptEvery === undefined ? undefined : bitsWhere(docCount, accepts)
        arena.reset()
        const steps = withArena(arena, () => {
          const root = compile(asked, documents)
          return root && executeSegment({ root, leafCount: 3, docCount, accepted, collector, countMax })
        })
        const count = steps === undefined ? 0 : runToEnd(steps)

        expect(collector.ranked()).toEqual(expected.slice(0, limit))
        if (countMax > 0) expect(Math.min(count, countMax)).toBe(Math.min(expected.length, countMax))
      },
    ),
    { numRuns: 400 },
  )
})

test.each([
  { leafCount: 1, steps: 1 },
  { leafCount: 4, steps: 6 },
  { leafCount: 16, steps: 25 },
  { leafCount: 4000, steps: 25 },
])('24 windows of $leafCount leaves are searched in $steps steps', ({ leafCount, steps }) => {
  const docCount = 24 * WINDOW_SIZE
  const run = executeSegment({
    root: new AllNode(docCount, 1),
    leafCount,
    docCount,
    accepted: bitsWhere(docCount, () => true),
    collector: new TopDocs(10),
    countMax: docCount,
  })
  let taken = 0
  while (run.next().done !== true) taken++
  expect(taken).toBe(steps)
})

test('a query whose matches all score the same ends when the page is full, unless matches are counted', () => {
  const docCount = 24 * WINDOW_SIZE
  const search = (accepted: Uint32Array | undefined, countMax: number) => {
    const collector = new TopDocs(10)
    const run = executeSegment({
      root: new AllNode(docCount, 1),
      leafCount: 16,
      docCount,
      accepted,
      collector,
      countMax,
    })
    let count = 0
    let step = run.next()
    for (; step.done !== true; step = run.next()) count++
    expect(collector.ranked().map(({ doc }) => doc)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    return { steps: count, total: step.value }
  }
  const all = bitsWhere(docCount, () => true)

  expect(search(undefined, 0).steps).toBe(2)
  expect(search(undefined, 100_000)).toEqual({ steps: 2, total: docCount })
  expect(search(all, 100_000)).toEqual({ steps: 25, total: docCount })
})

test('a floor keeps exactly the documents that reach it', () => {
  const documents = makeDocuments(7, 5000)
  const asked: Query = {
    kind: 'any',
    mode: 'sum',
    boost: 1,
    parts: [0, 3, 5].map((term) => ({ kind: 'term', term, boost: 1 })),
  }
  const run = (floor: number) => {
    const collector = new TopDocs(50)
    collector.begin(floor)
    runToEnd(
      executeSegment({
        root: compile(asked, documents)!,
        leafCount: 3,
        docCount: 5000,
        accepted: undefined,
        collector,
        countMax: 0,
      }),
    )
    return collector.ranked()
  }
  const all = run(Number.NEGATIVE_INFINITY)
  const floor = all[20]!.score

  expect(run(floor)).toEqual(all.filter(({ score }) => score >= floor))
})

/** Skewed: term t is in about one of 2^t documents, in runs, so that some windows have none. */
function makeDocuments(seed: number, docCount: number): Documents {
  let state = seed * 2654435761 + 1
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: docCount }, () => {
    return Array.from({ length: next(8) }, () => Math.min(TERM_COUNT - 1, Math.clz32(next(2 ** 31) | 1) - 1))
  })
}

function bitsWhere(docCount: number, holds: (doc: number) => boolean): Uint32Array {
  const bits = new Uint32Array((docCount + 31) >>> 5)
  for (let doc = 0; doc < docCount; doc++) if (holds(doc)) bits[doc >>> 5]! |= 1 << (doc & 31)
  return bits
}

function naiveScore(asked: Query, tokens: readonly number[], doc: number): number | undefined {
  switch (asked.kind) {
    case 'term':
      return tokens.includes(asked.term) ? naiveBm25(asked, tokens) : undefined
    case 'phrase':
      return naivePhrase(asked, tokens)
    case 'set':
      return doc % asked.every === 0 ? asked.score : undefined
    case 'any': {
      const scores = asked.parts.map((part) => naiveScore(part, tokens, doc)).filter((score) => score !== undefined)
      if (scores.length === 0) return undefined
      return (asked.mode === 'sum' ? scores.reduce((sum, score) => sum + score) : Math.max(...scores)) * asked.boost
    }
    case 'bool': {
      const must = naiveScore(asked.must, tokens, doc)
      if (must === undefined || asked.mustNot.some((part) => naiveScore(part, tokens, doc) !== undefined))
        return undefined
      return asked.should.reduce((sum, part) => sum + (naiveScore(part, tokens, doc) ?? 0), must) * asked.boost
    }
  }
}

function naiveBm25(
  { term, boost }: { readonly term: number; readonly boost: number },
  tokens: readonly number[],
): number {
  const freq = tokens.filter((token) => token === term).length
  const { weight, norms } = WEIGHTS[term]!
  return (weight * boost * freq) / (freq + norms.at(tokens.length))
}

function naivePhrase(
  { terms, slop }: { readonly terms: readonly number[]; readonly slop: number },
  tokens: readonly number[],
): number | undefined {
  let tuples: number[][] = [[]]
  for (const [place, term] of terms.entries()) {
    const at = tokens.flatMap((token, position) => (token === term ? [position - place] : []))
    tuples = tuples.flatMap((tuple) => at.map((position) => [...tuple, position]))
  }
  // A token fills one place of the phrase, also if the phrase repeats its term.
  const distinct = tuples.filter((tuple) => new Set(tuple.map((y, place) => y + place)).size === tuple.length)
  const ranges = new Map(
    distinct.map((tuple) => [
      `${Math.min(...tuple)} ${Math.max(...tuple)}`,
      [Math.min(...tuple), Math.max(...tuple)] as const,
    ]),
  )
  const all = [...ranges.values()]
  const minimal = all.filter((a) => !all.some((b) => b !== a && b[0] >= a[0] && b[1] <= a[1]))
  // In the order in which the spans begin, because the order of additions changes the last bits.
  minimal.sort((a, b) => a[0] - b[0])
  const distances = minimal.map(([low, high]) => high - low).filter((distance) => distance <= slop)
  if (distances.length === 0) return undefined
  const freq = distances.reduce((sum, distance) => sum + 1 / (1 + distance), 0)
  const { weight, norms } = WEIGHTS[terms[0]!]!
  return (weight * freq) / (freq + norms.at(tokens.length))
}

function compile(asked: Query, documents: Documents): WindowNode | undefined {
  switch (asked.kind) {
    case 'term': {
      const list = index(documents, asked.term)?.list
      const { weight, norms } = WEIGHTS[asked.term]!
      return list && new TermNode(list, { weight: weight * asked.boost, norms })
    }
    case 'phrase': {
      const terms = Array.from(new Set(asked.terms), (term) => {
        const offsets = asked.terms.flatMap((other, offset) => (other === term ? [offset] : []))
        return { ...index(documents, term)!, offsets }
      })
      return terms.some(({ list }) => list === undefined)
        ? undefined
        : new PhraseNode(terms, asked.slop, WEIGHTS[asked.terms[0]!]!)
    }
    case 'set': {
      const bits = bitsWhere(documents.length, (doc) => doc % asked.every === 0)
      if (asked.every === 1) return new AllNode(documents.length, asked.score)
      return new SetNode(bits, Math.ceil(documents.length / asked.every), asked.score)
    }
    case 'any': {
      const nodes = asked.parts.map((part) => compile(part, documents)).filter((node) => node !== undefined)
      return nodes.length === 0 ? undefined : new AnyNode(nodes, asked.mode, asked.boost)
    }
    case 'bool': {
      const must = compile(asked.must, documents)
      if (must === undefined) return undefined
      const optional = (occur: 'should' | 'must_not', parts: readonly Query[]) =>
        parts.flatMap((part) => {
          const node = compile(part, documents)
          return node === undefined ? [] : [{ occur, node }]
        })
      const parts = [
        { occur: 'must' as const, node: must },
        ...optional('should', asked.should),
        ...optional('must_not', asked.mustNot),
      ]
      return new BoolNode(parts, asked.boost)
    }
  }
}

type Lists = { readonly list: PostingList; readonly positions: PositionList }

const indexed = new WeakMap<Documents, Map<number, Lists | undefined>>()

/** One list per term, shared by all nodes of a query that use the term, as in a prepared segment. */
function index(documents: Documents, term: number): Lists | undefined {
  const known = indexed.get(documents) ?? new Map<number, Lists | undefined>()
  indexed.set(documents, known)
  if (!known.has(term)) known.set(term, indexTerm(documents, term))
  return known.get(term)
}

function indexTerm(documents: Documents, term: number): Lists | undefined {
  const docIds: number[] = []
  const freqs: number[] = []
  const lengths: number[] = []
  const positions: number[] = []
  for (const [doc, tokens] of documents.entries()) {
    const at = tokens.flatMap((token, position) => (token === term ? [position] : []))
    if (at.length === 0) continue
    docIds.push(doc)
    freqs.push(at.length)
    lengths.push(tokens.length)
    positions.push(...at)
  }
  const count = docIds.length
  if (count === 0) return undefined
  const bytes = encodePostings({
    docIds: Uint32Array.from(docIds),
    freqs: Uint32Array.from(freqs),
    lengths: Uint32Array.from(lengths),
    count,
  })
  const list = openPostings(bytes, { docFreq: count, scored: true, source: 'test', docCount: documents.length })
  const positionBytes = encodePositions({
    freqs: Uint32Array.from(freqs),
    positions: Uint32Array.from(positions),
    count,
  })
  return { list, positions: openPositions(positionBytes, { docFreq: count, checksum: 'own', source: 'test' }) }
}

function runToEnd<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
