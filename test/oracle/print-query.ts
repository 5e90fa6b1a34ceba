import type { QueryNode, SequenceItem } from '../../core/query/language/query-syntax.ts'

/** Writes a syntax tree as a query that parses to the same tree, except for positions. */
export function printQuery(node: QueryNode): string {
  switch (node.kind) {
    case 'word':
      return escapeText(node.text) + (node.fuzzy === 'none' ? '' : node.fuzzy === 'auto' ? '~' : `~${node.fuzzy}`)
    case 'phrase':
      return quote(node.text) + (node.slop === 0 ? '' : `~${node.slop}`)
    case 'pattern':
      return node.parts.map((part) => (part.kind === 'literal' ? escapeText(part.text) : part.kind)).join('')
    case 'range': {
      const { gt, gte, lt, lte } = node.bounds
      const from = gt ?? gte
      const to = lt ?? lte
      return `${gt === undefined ? '[' : '{'}${bound(from)} TO ${bound(to)}${lt === undefined ? ']' : '}'}`
    }
    case 'exists':
    case 'all':
      return '*'
    case 'field':
      return `${escapeText(node.name)}:${grouped(node.node, ['word', 'phrase', 'pattern', 'range', 'exists'])}`
    case 'boost':
      return `${grouped(node.node, ['word', 'phrase', 'pattern', 'field', 'all'])}^${node.boost}`
    case 'not':
      return `NOT ${grouped(node.node, [...PRIMARY, 'not'])}`
    case 'and':
      return node.nodes.map((inner) => grouped(inner, [...PRIMARY, 'not'])).join(' AND ')
    case 'or':
      return node.nodes.map((inner) => grouped(inner, [...PRIMARY, 'not', 'and'])).join(' OR ')
    case 'sequence':
      return node.items.map(printItem).join(' ')
  }
}

const PRIMARY: readonly QueryNode['kind'][] = ['word', 'phrase', 'pattern', 'range', 'exists', 'all', 'field', 'boost']

function printItem({ occur, node }: SequenceItem): string {
  if (occur === 'must') return `+${grouped(node, [...PRIMARY, 'not', 'and', 'or'])}`
  if (occur === 'must_not') return `-${grouped(node, [...PRIMARY, 'not'])}`
  return grouped(node, [...PRIMARY, 'and', 'or'])
}

function grouped(node: QueryNode, plain: readonly QueryNode['kind'][]): string {
  return plain.includes(node.kind) ? printQuery(node) : `(${printQuery(node)})`
}

function bound(text: string | undefined): string {
  return text === undefined ? '*' : quote(text)
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

/** Escapes every character except letters and digits, and the first letter of a word that would be an operator. */
function escapeText(text: string): string {
  const escaped = text.replace(/[^\p{L}\p{N}]/gu, '\\$&')
  return /^(AND|OR|NOT)$/.test(escaped) ? `\\${escaped}` : escaped
}
