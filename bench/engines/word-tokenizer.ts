import { stemmer } from '@orama/stemmers/english'

const WORD = /[\p{L}\p{N}]+/gu
const TERMS_CACHED_MAX = 500_000

const terms = new Map<string, string>()

/**
 * Tokenizer for the pure-JavaScript peers: words of any script, in lower case, with English
 * stemming, which is cached by word. The peers' own defaults either do not stem or drop all
 * letters that are not Latin.
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
