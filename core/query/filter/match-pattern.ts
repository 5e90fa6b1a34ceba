import type { WordPattern } from '../language/clause.ts'

/** A test for whole words. Linear in the word's length times the number of stars. */
export function patternMatcher(pattern: WordPattern): (word: string) => boolean {
  if (pattern.kind === 'prefix') return (word) => word.startsWith(pattern.prefix)
  const tokens = pattern.parts.flatMap((part, i): Token[] => {
    if (pattern.literal[i] !== true) return [part === '*' ? ANY_MANY : ANY_ONE]
    return Array.from(part, (character) => ({ kind: 'character', character }))
  })
  return (word) => matches(tokens, Array.from(word))
}

type Token = { readonly kind: 'many' | 'one' | 'character'; readonly character?: string }
const ANY_MANY: Token = { kind: 'many' }
const ANY_ONE: Token = { kind: 'one' }

/** Greedy matching that, on failure, lets the last star take one character more. */
function matches(tokens: readonly Token[], word: readonly string[]): boolean {
  let t = 0
  let w = 0
  let star = -1
  let starAt = 0
  while (w < word.length) {
    const token = tokens[t]
    if (token?.kind === 'many') {
      star = t++
      starAt = w
    } else if (token !== undefined && (token.kind === 'one' || token.character === word[w])) {
      t++
      w++
    } else if (star >= 0) {
      t = star + 1
      w = ++starAt
    } else {
      return false
    }
  }
  while (tokens[t]?.kind === 'many') t++
  return t === tokens.length
}
