import type { Field } from '../../fields/field.ts'
import { isAnalysed } from '../../fields/kinds.ts'
import { findField } from '../../schema/find-field.ts'
import type { QueryNode } from './query-syntax.ts'
import type { Resolving } from './resolving.ts'

/**
 * The words, phrases and patterns of a query that are meaningful in at least one of their fields: not just a stop word, and
 * not negated.
 */
export function meaningfulParts(node: QueryNode, { fields, words, schema }: Resolving): ReadonlySet<QueryNode> {
  const meaningful = new Set<QueryNode>()
  visit(
    node,
    fields.map(({ field }) => field),
  )
  return meaningful

  function visit(part: QueryNode, within: readonly Field[]): void {
    switch (part.kind) {
      case 'word':
        if (part.fuzzy !== 'none' || words.isMeaningful(within, part.text)) meaningful.add(part)
        break
      case 'phrase':
        if (within.some((field) => isAnalysed(field) && words.indexedTokens(field, part.text).length > 0)) {
          meaningful.add(part)
        }
        break
      case 'pattern':
        meaningful.add(part)
        break
      case 'field':
        visit(part.node, [findField(schema, part.name)!])
        break
      case 'boost':
        visit(part.node, within)
        break
      case 'and':
      case 'or':
        for (const inner of part.nodes) visit(inner, within)
        break
      case 'sequence':
        for (const item of part.items) if (item.occur !== 'must_not') visit(item.node, within)
        break
      default:
    }
  }
}
