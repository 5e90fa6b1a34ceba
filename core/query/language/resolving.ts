import type { Fuzziness } from '../../contract/search-request.ts'
import type { Schema } from '../../schema/schema.ts'
import type { QueryNode } from './query-syntax.ts'
import type { QueryWords } from './query-words.ts'
import type { SearchedField } from './resolve-leaf.ts'
import type { WordBudget } from './word-budget.ts'

/** What resolving needs to know wherever it is in a query. */
export type Resolving = {
  /** Where plain words are looked for. */
  readonly fields: readonly SearchedField[]
  readonly mode: 'sum' | 'best'
  readonly operator: 'or' | 'and'
  readonly fuzziness: Fuzziness
  readonly schema: Schema
  readonly words: QueryWords
  readonly budget: WordBudget
  /** Whether a word may be left out where it is a stop word. */
  readonly canSpare: (word: QueryNode) => boolean
}
