import { stemmer } from '@orama/stemmers/english'

const WORD = /[\p{L}\p{N}]+/gu
const TERMS_CACHED_MAX = 500_000

const terms = new Map<string, string>()

/**
 * What the pure-JavaScript peers get as their tokenizer: words of any script,
 * lower-cased, stemmed as English, each word only once while the cache lasts.
 * Their own defaults either do not stem or drop every letter that is not Latin.
 */
export function tokenizeWords(text: string): string[] {
  return (text.toLowerCase().match(WORD) ?? []).map(toTerm)
}

export function toTerm(word: string): string {
  const known = terms.get(word)
  if (known !== undefined) return known
  if (terms.size >= TERMS_CACHED_MAX) terms.clear()
  const term = stemmer(word)
  terms.set(word, term)
  return term
}
