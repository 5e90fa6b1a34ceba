import type { QueryCursor } from './query-cursor.ts'
import type { QueryNode, TextBounds } from './query-syntax.ts'

/** Parses a range such as `[1950 TO 1960}`, in which `*` is an open end. The cursor is at the bracket. */
export function parseRange(cursor: QueryCursor): QueryNode {
  const at = cursor.at
  cursor.countClause()
  const isFromIncluded = cursor.peek() === '['
  cursor.at++
  cursor.skipSpace()
  const from = readBound(cursor)
  cursor.skipSpace()
  if (!cursor.take('TO')) throw cursor.expected('TO between the ends of a range')
  if (!cursor.isAtDelimiter()) throw cursor.expected('white space after TO')
  cursor.skipSpace()
  const to = readBound(cursor)
  cursor.skipSpace()
  const isToIncluded = cursor.take(']')
  if (!isToIncluded && !cursor.take('}')) throw cursor.expected('] or } at the end of a range')
  if (from === undefined && to === undefined) return { kind: 'exists', at }
  const bounds: TextBounds = {
    ...(from === undefined ? {} : isFromIncluded ? { gte: from } : { gt: from }),
    ...(to === undefined ? {} : isToIncluded ? { lte: to } : { lt: to }),
  }
  return { kind: 'range', bounds, at }
}

/** @returns undefined for `*`, an open end */
function readBound(cursor: QueryCursor): string | undefined {
  const isQuotedOrEscaped = cursor.peek() === '"' || cursor.peek() === '\\'
  const value = cursor.readValue(']}')
  return value === '*' && !isQuotedOrEscaped ? undefined : value
}

/** Parses a comparison such as `>=1950`. The cursor is at the sign. */
export function parseComparison(cursor: QueryCursor): QueryNode {
  const at = cursor.at
  cursor.countClause()
  const side = cursor.take('>') ? 'gt' : 'lt'
  if (side === 'lt') cursor.at++
  const bound = cursor.take('=') ? (side === 'gt' ? 'gte' : 'lte') : side
  cursor.skipSpace()
  return { kind: 'range', bounds: { [bound]: cursor.readValue('^') }, at }
}
