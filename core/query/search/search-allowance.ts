import { AnswerBytes } from '../../reading/answer-bytes.ts'
import { RequestBudget } from '../../reading/request-budget.ts'
import { type FilterAllowance, filterAllowance } from '../filter/filter-place.ts'
import { WordBudget } from '../language/word-budget.ts'

/** What the searches of one request may hold together. */
export type SearchAllowance = {
  readonly words: WordBudget
  readonly filters: FilterAllowance
  /** Of the documents that are answered. */
  readonly answer: AnswerBytes
  /** Memory and time of the thread. */
  readonly budget: RequestBudget
}

/** A whole allowance: what all searches of one request may hold together. */
export function searchAllowance(): SearchAllowance {
  return { words: new WordBudget(), filters: filterAllowance(), answer: new AnswerBytes(), budget: new RequestBudget() }
}
