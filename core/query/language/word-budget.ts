import { LimitExceededError } from '../../errors.ts'
import type { QueryNode } from './query-syntax.ts'

/** Words of a query times the fields that each of them is looked for in. A phrase counts all of its words. */
export const WORDS_TIMES_FIELDS_MAX = 4_096
/** Words of one phrase. A run of a script without spaces is a phrase of its pairs of letters. */
export const PHRASE_WORDS_MAX = 1_024
/** Terms that a fuzzy word may stand for in one field. */
export const VARIANTS_MAX = 50

/** Bounds what one query may become when every word is looked for in every field. */
export class WordBudget {
  #spent = 0

  /** Words times fields so far. */
  get spent(): number {
    return this.#spent
  }

  /** Variants of each fuzzy word and field, fitted to all that was spent: at most {@link VARIANTS_MAX}, at least 1. */
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

/** Counts a query's words times their fields, as far as that needs no analysis: phrases as one word. */
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
    `query: words times the fields that they are looked for in must be at most ${WORDS_TIMES_FIELDS_MAX}, found ${found} or more; name fewer "fields"`,
    { details: { limit: WORDS_TIMES_FIELDS_MAX, found } },
  )
}
