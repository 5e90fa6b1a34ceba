import { LimitExceededError } from '../../errors.ts'
import type { QueryNode } from './query-syntax.ts'

/** The most words of a query, each counted once for every field that it is searched in. All words of a phrase count. */
export const WORDS_TIMES_FIELDS_MAX = 4_096
/** The most words of one phrase. A run of letters in a script without spaces is a phrase of its letter pairs. */
export const PHRASE_WORDS_MAX = 1_024
/** The most variants of a fuzzy word in one field. */
export const VARIANTS_MAX = 50

/** Limits the size of a query whose words are all searched in all fields. */
export class WordBudget {
  #spent = 0

  /** Words times fields so far. */
  get spent(): number {
    return this.#spent
  }

  /** The most variants per fuzzy word and field, from 1 to {@link VARIANTS_MAX}: the more was spent, the fewer. */
  get variantsMax(): number {
    return Math.max(1, Math.min(VARIANTS_MAX, Math.floor(WORDS_TIMES_FIELDS_MAX / Math.max(1, this.#spent))))
  }

  /** @throws {LimitExceededError} `too_many_clauses` above {@link WORDS_TIMES_FIELDS_MAX} */
  spend(words: number, fields = 1): void {
    this.#spent += words * fields
    if (this.#spent > WORDS_TIMES_FIELDS_MAX) throw tooManyWords(this.#spent)
  }
}

/** @throws {LimitExceededError} `phrase_too_long` above {@link PHRASE_WORDS_MAX} */
export function checkPhraseLength(words: number): void {
  if (words <= PHRASE_WORDS_MAX) return
  const message = `query: a phrase may have at most ${PHRASE_WORDS_MAX} words, found ${words}`
  throw new LimitExceededError('phrase_too_long', message, { details: { limit: PHRASE_WORDS_MAX, found: words } })
}

/** Counts a query's words times their fields without analysing them: a phrase counts as one word. */
export function wordsTimesFields(node: QueryNode, fieldCount: number): number {
  switch (node.kind) {
    case 'field':
      return wordsTimesFields(node.node, 1)
    case 'boost':
    case 'not':
      return wordsTimesFields(node.node, fieldCount)
    case 'and':
    case 'or':
      return node.nodes.reduce((sum, inner) => sum + wordsTimesFields(inner, fieldCount), 0)
    case 'sequence':
      return node.items.reduce((sum, item) => sum + wordsTimesFields(item.node, fieldCount), 0)
    case 'all':
      return 1
    default:
      return fieldCount
  }
}

function tooManyWords(found: number): LimitExceededError {
  return new LimitExceededError(
    'too_many_clauses',
    `query: words times searched fields must be at most ${WORDS_TIMES_FIELDS_MAX}, found ${found} or more; name fewer "fields"`,
    { details: { limit: WORDS_TIMES_FIELDS_MAX, found } },
  )
}
