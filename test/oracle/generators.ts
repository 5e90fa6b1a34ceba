import fc from 'fast-check'
import type { PatternPart, QueryNode, SequenceItem } from '../../core/query/language/query-syntax.ts'

const AT = 0

/** Texts that are words, operators, or full of characters with a meaning in queries. */
const wordText = fc.oneof(
  fc.constantFrom('heat', 'wing', 'a', 'the', 'AND', 'OR', 'NOT', 'TO', 'wi-fi', '1950', 'Ärger', '日本'),
  fc
    .string({ unit: fc.constantFrom(...'ab+-()":^~*?\\[]{}<> é'.split('')), minLength: 1, maxLength: 6 })
    .filter((text) => text.length > 0),
)

const word = fc.record({
  kind: fc.constant('word' as const),
  text: wordText,
  fuzzy: fc.constantFrom('none' as const, 'auto' as const, 1 as const, 2 as const),
  at: fc.constant(AT),
})

const phrase = fc.record({
  kind: fc.constant('phrase' as const),
  text: fc.oneof(wordText, fc.constant(''), fc.constant('boundary layer')),
  slop: fc.constantFrom(0, 1, 7),
  at: fc.constant(AT),
})

/** Alternating literals and wildcards, at least one of each. */
const pattern = fc
  .tuple(wordText, fc.constantFrom('*' as const, '?' as const), fc.option(wordText, { nil: undefined }), fc.boolean())
  .map(([first, wildcard, second, isLeading]): QueryNode => {
    const parts: PatternPart[] = [{ kind: 'literal', text: first }, { kind: wildcard }]
    if (isLeading) parts.reverse()
    if (second !== undefined && !isLeading) parts.push({ kind: 'literal', text: second })
    return { kind: 'pattern', parts, at: AT }
  })

const range = fc
  .tuple(fc.option(wordText, { nil: undefined }), fc.option(wordText, { nil: undefined }), fc.boolean(), fc.boolean())
  .filter(([from, to]) => from !== undefined || to !== undefined)
  .map(([from, to, isFromIncluded, isToIncluded]): QueryNode => {
    const low = from === undefined ? {} : { [isFromIncluded ? 'gte' : 'gt']: from }
    const high = to === undefined ? {} : { [isToIncluded ? 'lte' : 'lt']: to }
    return { kind: 'range', bounds: { ...low, ...high }, at: AT }
  })

const boosts = fc.constantFrom(0, 0.5, 1, 2, 1000)

/** Syntax trees as the parser makes them: no group of one, no sequence of one bare clause. */
export const queryTrees: fc.Arbitrary<QueryNode> = fc.letrec<{
  node: QueryNode
  primary: QueryNode
  inField: QueryNode
}>((tie) => ({
  primary: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    word,
    phrase,
    pattern,
    fc.constant<QueryNode>({ kind: 'all', at: AT }),
    tie('inField').map((node): QueryNode => ({ kind: 'field', name: 'title', node, at: AT })),
  ),
  inField: fc.oneof(word, phrase, pattern, range, fc.constant<QueryNode>({ kind: 'exists', at: AT })),
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('primary'),
    fc.tuple(tie('primary'), boosts).map(([node, boost]): QueryNode => ({ kind: 'boost', boost, node })),
    fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((nodes) => chain('and', nodes)),
    fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((nodes) => chain('or', nodes)),
    fc.array(tie('node'), { minLength: 2, maxLength: 4 }).chain((nodes) => {
      const occurs = fc.array(fc.constantFrom('must' as const, 'must_not' as const, 'bare' as const), {
        minLength: nodes.length,
        maxLength: nodes.length,
      })
      return occurs.map((all): QueryNode => ({ kind: 'sequence', items: nodes.map((node, i) => item(all[i]!, node)) }))
    }),
  ),
})).node

function chain(kind: 'and' | 'or', nodes: readonly QueryNode[]): QueryNode {
  return { kind, nodes }
}

/** An item that begins with NOT is not bare. */
function item(occur: SequenceItem['occur'], node: QueryNode): SequenceItem {
  return { occur, node }
}

/** Text that resembles queries often enough to reach every branch of the parser. */
export const queryTexts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'+-()":^~*?\\[]{}<>= \t'.split('')),
      fc.constantFrom(
        'AND',
        'OR',
        'NOT',
        'TO',
        'title:',
        'year:',
        'nope:',
        '~2',
        '^2',
        '"a b"',
        '[1 TO 2]',
        '>=',
        'heat',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))
