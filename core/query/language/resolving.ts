import type { Fuzziness } from '../../contract/search-request.ts'
import type { Schema } from '../../schema/schema.ts'
import type { QueryNode } from './query-syntax.ts'
import type { QueryWords } from './query-words.ts'
import type { SearchedField } from './resolve-leaf.ts'
import type { WordBudget } from './word-budget.ts'

/** The context of a node while a query is resolved. */
export type Resolving = {
  /** The fields that words without a field name search. */
  readonly fields: readonly SearchedField[]
  readonly mode: 'sum' | 'best'
  readonly operator: 'or' | 'and'
  readonly fuzziness: Fuzziness
  readonly schema: Schema
  readonly words: QueryWords
  readonly budget: WordBudget
  /** Whether a word may be dropped in fields where it is a stop word. */
  readonly mayDrop: (word: QueryNode) => boolean
}
