import { AnswerBytes } from '../../reading/answer-bytes.ts'
import { RequestBudget } from '../../reading/request-budget.ts'
import { type FilterAllowance, filterAllowance } from '../filter/filter-place.ts'
import { WordBudget } from '../language/word-budget.ts'

/** The limits that the searches of one request share. */
export type SearchAllowance = {
  readonly words: WordBudget
  readonly filters: FilterAllowance
  /** Bytes of the returned documents. */
  readonly answer: AnswerBytes
  /** Memory, and time on the thread. */
  readonly budget: RequestBudget
}

/** A full allowance for all searches of one request. */
export function searchAllowance(): SearchAllowance {
  return { words: new WordBudget(), filters: filterAllowance(), answer: new AnswerBytes(), budget: new RequestBudget() }
}
