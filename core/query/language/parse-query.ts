import { QUERY_BYTES_MAX } from '../../contract/limits.ts'
import { LimitExceededError } from '../../errors.ts'
import { utf8ByteLength } from '../../utf8.ts'
import { parseComparison, parseRange } from './parse-range.ts'
import { QueryCursor, type RawWord } from './query-cursor.ts'
import type { QueryNode, SequenceItem } from './query-syntax.ts'

const BOOST_MAX = 1e6
const SLOP_MAX = 10_000

/** The beginning of a word with a colon, if it is not the name of a field. */
export type UnknownField = { readonly name: string; readonly at: number }

/** The syntax tree of a query, before fields are looked up. */
export type ParsedQuery = {
  /** Undefined if the query is only white space. */
  readonly node: QueryNode | undefined
  /** Names before a colon that are not fields; the words were parsed as plain text with the colon. */
  readonly unknownFields: readonly UnknownField[]
}

type Parsing = {
  readonly cursor: QueryCursor
  readonly isField: (name: string) => boolean
  readonly unknownFields: UnknownField[]
}

/**
 * Parses the query language.
 *
 * ```text
 * sequence := item*                  item    := [+] or
 * or       := and (OR and)*          and     := not (AND not)*
 * not      := (NOT | -) not | primary
 * primary  := [field:] ( "(" sequence ")" | "phrase"[~slop] | word[~edits] | pattern | * | range ) [^boost]
 * range    := ("[" | "{") value TO value ("]" | "}") | (> | >= | < | <=) value     (only in a field)
 * ```
 * `+` and `-` are operators only directly before an operand and after white space or a parenthesis. Before an operand of AND
 * or OR, `+` has no effect. A backslash makes the next character literal. Operators are upper-case words.
 *
 * @param isField whether a name before a colon is a field; other names are text
 * @throws {InvalidRequestError} `invalid_query` with `details.position`, 0-based, in UTF-16 units
 * @throws {LimitExceededError} `query_too_long`, `too_many_clauses`, `query_too_deep`
 */
export function parseQuery(text: string, isField: (name: string) => boolean): ParsedQuery {
  checkQuerySize(text)
  const parsing: Parsing = { cursor: new QueryCursor(text), isField, unknownFields: [] }
  const node = parseSequence(parsing, false)
  if (!parsing.cursor.isAtEnd()) throw parsing.cursor.expected('a term or the end (")" closes nothing)')
  return { node, unknownFields: parsing.unknownFields }
}

/** @throws {LimitExceededError} above {@link QUERY_BYTES_MAX} */
export function checkQuerySize(text: string): void {
  const byteSize = utf8ByteLength(text)
  if (byteSize <= QUERY_BYTES_MAX) return
  throw new LimitExceededError(
    'query_too_long',
    `query: at most ${QUERY_BYTES_MAX} bytes are allowed, found ${byteSize}`,
    {
      details: { limit: QUERY_BYTES_MAX, found: byteSize },
    },
  )
}

function parseSequence(parsing: Parsing, inField: boolean): QueryNode | undefined {
  const { cursor } = parsing
  const items: SequenceItem[] = []
  for (;;) {
    cursor.skipSpace()
    if (cursor.isAtEnd() || cursor.peek() === ')') break
    const isMust = takeSign(cursor, '+')
    const node = parseOr(parsing, inField)
    if (isMust) items.push({ occur: 'must', node })
    else if (node.kind === 'not') items.push({ occur: 'must_not', node: node.node })
    else items.push({ occur: 'bare', node })
  }
  if (items.length === 1 && items[0]!.occur === 'bare') return items[0]!.node
  return items.length === 0 ? undefined : { kind: 'sequence', items }
}

function parseOr(parsing: Parsing, inField: boolean): QueryNode {
  return parseChain(parsing, 'OR', () => parseChain(parsing, 'AND', () => parseNot(parsing, inField)))
}

/** Parses operands with the same operator between them. */
function parseChain({ cursor }: Parsing, operator: 'AND' | 'OR', parseOperand: () => QueryNode): QueryNode {
  const nodes = [parseOperand()]
  for (;;) {
    const before = cursor.at
    cursor.skipSpace()
    if (!cursor.takeOperator(operator)) {
      cursor.at = before
      break
    }
    cursor.skipSpace()
    takeSign(cursor, '+')
    nodes.push(parseOperand())
  }
  return nodes.length === 1 ? nodes[0]! : { kind: operator === 'AND' ? 'and' : 'or', nodes }
}

function parseNot(parsing: Parsing, inField: boolean): QueryNode {
  const { cursor } = parsing
  if (!cursor.takeOperator('NOT') && !takeSign(cursor, '-')) return parsePrimary(parsing, inField)
  return cursor.nest(() => {
    cursor.skipSpace()
    return { kind: 'not', node: parseNot(parsing, inField) }
  })
}

/** Takes a sign if an operand follows it directly. */
function takeSign(cursor: QueryCursor, sign: '+' | '-'): boolean {
  if (cursor.peek() !== sign) return false
  cursor.at++
  const isSign = !cursor.isAtDelimiter() || cursor.peek() === '(' || cursor.peek() === '"'
  if (!isSign) cursor.at--
  return isSign
}

function parsePrimary(parsing: Parsing, inField: boolean): QueryNode {
  const { cursor } = parsing
  const at = cursor.at
  for (const operator of ['AND', 'OR'] as const) {
    if (cursor.isAtOperator(operator)) throw cursor.expected(`a term before ${operator}`)
  }
  if (cursor.peek() === '(') return withBoost(cursor, parseGroup(parsing, inField))
  if (cursor.peek() === '"') return withBoost(cursor, parsePhrase(cursor))
  if (cursor.isAtDelimiter()) throw cursor.expected('a term')
  if (takeMatchAll(cursor)) return withBoost(cursor, { kind: 'all', at })
  let isField = false
  const word = cursor.readWord((name) => {
    if (parsing.isField(name)) isField = true
    else if (!inField && !parsing.unknownFields.some((unknown) => unknown.at === at)) {
      parsing.unknownFields.push({ name, at })
    }
    return isField
  })
  if (isField) {
    cursor.at++
    const node = parseFieldValue(parsing)
    return withBoost(cursor, { kind: 'field', name: literalOf(word), node, at })
  }
  return withBoost(cursor, isAllStar(word) ? allOrExists(cursor, inField, at) : parseWordSuffix(cursor, word))
}

function allOrExists(cursor: QueryCursor, inField: boolean, at: number): QueryNode {
  cursor.countClause()
  return { kind: inField ? 'exists' : 'all', at }
}

/** Takes `*:*`, which means `*` in other query languages. */
function takeMatchAll(cursor: QueryCursor): boolean {
  const before = cursor.at
  if (cursor.take('*:*') && (cursor.isAtDelimiter() || cursor.peek() === '^')) return true
  cursor.at = before
  return false
}

/** Parses the value after `field:`. */
function parseFieldValue(parsing: Parsing): QueryNode {
  const { cursor } = parsing
  cursor.skipSpace()
  const at = cursor.at
  if (cursor.peek() === '(') return parseGroup(parsing, true)
  if (cursor.peek() === '"') return parsePhrase(cursor)
  if (cursor.peek() === '[' || cursor.peek() === '{') return parseRange(cursor)
  if (cursor.peek() === '>' || cursor.peek() === '<') return parseComparison(cursor)
  if (cursor.isAtDelimiter()) throw cursor.expected('a value')
  const word = cursor.readWord(() => false)
  return isAllStar(word) ? allOrExists(cursor, true, at) : parseWordSuffix(cursor, word)
}

function parseGroup(parsing: Parsing, inField: boolean): QueryNode {
  const { cursor } = parsing
  const start = cursor.at++
  const node = cursor.nest(() => parseSequence(parsing, inField))
  if (cursor.peek() !== ')') throw cursor.expected(`a ")" that closes the "(" at position ${start}`)
  if (node === undefined) throw cursor.expected('a term between the parentheses')
  cursor.at++
  return node
}

function parsePhrase(cursor: QueryCursor): QueryNode {
  const at = cursor.at
  cursor.countClause()
  const text = cursor.readQuoted()
  const slop = cursor.take('~') ? cursor.readNumber('whole', SLOP_MAX, 'a number of positions after ~') : 0
  return { kind: 'phrase', text, slop, at }
}

function parseWordSuffix(cursor: QueryCursor, word: RawWord): QueryNode {
  cursor.countClause()
  const { parts, at } = word
  const isPattern = parts.some((part) => part.kind !== 'literal') && parts.some((part) => part.kind === 'literal')
  const tilde = cursor.at
  const isFuzzy = cursor.take('~')
  if (isPattern && isFuzzy) throw cursor.expected('no ~ after a pattern', tilde)
  if (isPattern) return { kind: 'pattern', parts, at }
  return { kind: 'word', text: literalOf(word), fuzzy: isFuzzy ? parseEdits(cursor) : 'none', at }
}

function parseEdits(cursor: QueryCursor): 'none' | 'auto' | 1 | 2 {
  if (cursor.isAtDelimiter() || cursor.peek() === '^') return 'auto'
  const edits = cursor.readNumber('whole', 2, 'a number of edits after ~')
  return edits === 1 || edits === 2 ? edits : 'none'
}

function withBoost(cursor: QueryCursor, node: QueryNode): QueryNode {
  if (!cursor.take('^')) {
    endTerm(cursor)
    return node
  }
  const boost = cursor.readNumber('decimal', BOOST_MAX, 'a number after ^')
  endTerm(cursor)
  return { kind: 'boost', boost, node }
}

/** @throws {InvalidRequestError} unless a new term could begin here */
function endTerm(cursor: QueryCursor): void {
  if (!cursor.isAtDelimiter()) throw cursor.expected('white space after a term')
}

/** The word as text. A word of wildcards only is not a pattern. */
function literalOf({ parts }: RawWord): string {
  return parts.map((part) => (part.kind === 'literal' ? part.text : part.kind)).join('')
}

function isAllStar({ parts }: RawWord): boolean {
  return parts.length > 0 && parts.every((part) => part.kind === '*')
}
