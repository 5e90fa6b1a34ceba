import { type FilterAllowance, filterAllowance } from '../filter/filter-place.ts'
import { WordBudget } from '../language/word-budget.ts'

/** What the searches of one request may hold together. */
export type SearchAllowance = { readonly words: WordBudget; readonly filters: FilterAllowance }

export function searchAllowance(): SearchAllowance {
  return { words: new WordBudget(), filters: filterAllowance() }
}
