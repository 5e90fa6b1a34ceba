import { type CharacterMapping, mapCharacter, pairKey, unpackCompositions, unpackMapping } from './character-mapping.ts'
import { COMPOSITIONS, FOLD_MAPPING, LOWER_MAPPING } from './unicode-tables.ts'
import {
  EMOJI_FLAG,
  REGIONAL_INDICATOR,
  type WordBreakTable,
  wordBreakTable,
  wordBreakValue,
} from './word-break-table.ts'

/** In `turkish` casing, the lower case of `I` is `ı`, not `i`. */
export type LowerCasing = 'general' | 'turkish'

type Tables = {
  readonly lower: CharacterMapping
  readonly folded: CharacterMapping
  readonly composites: ReadonlyMap<number, number>
  readonly classes: WordBreakTable
}

let unpacked: Tables | undefined

/** Unpacks the tables on first use: plain ASCII text never needs them. */
function tables(): Tables {
  unpacked ??= {
    lower: unpackMapping(LOWER_MAPPING),
    folded: unpackMapping(FOLD_MAPPING),
    composites: unpackCompositions(COMPOSITIONS),
    classes: wordBreakTable('tailored'),
  }
  return unpacked
}

/**
 * A word as stemmers read it: in lower case and composed, with compatibility forms such as ligatures and full-width
 * letters resolved, typographic apostrophes straightened and invisible characters removed. Accents stay. An emoji loses
 * its variation selectors and skin tones.
 *
 * A word that would become empty stays as it is.
 */
export function lowerWord(word: string, casing: LowerCasing): string {
  if (isLowerAscii(word)) return word
  if (isEmoji(word)) return word.replace(EMOJI_VARIANTS, '')
  let lowered = ''
  let mayCompose = false
  for (const char of word) {
    const point = char.codePointAt(0)!
    if (point < 0x80) {
      if (point === 0x49 && casing === 'turkish') lowered += 'ı'
      else lowered += point >= 0x41 && point <= 0x5a ? String.fromCharCode(point + 32) : char
    } else if (point !== ZERO_WIDTH_JOINER) {
      if (point >= 0x300) mayCompose = true
      lowered += mapCharacter(tables().lower, char)
    }
  }
  if (mayCompose) lowered = compose(lowered)
  return lowered === '' ? word : lowered
}

/**
 * A lower-cased word without the marks that people omit when they type a query: accents of Latin and Greek letters,
 * vowel points of Arabic and Hebrew. `ß` becomes `ss`, `æ` becomes `ae`, `ё` becomes `е`. Marks that make a different
 * letter (Cyrillic й, Devanagari vowels, kana) stay.
 */
export function foldWord(lowered: string): string {
  if (isAscii(lowered) || isEmoji(lowered)) return lowered
  let folded = ''
  for (const char of lowered) folded += mapCharacter(tables().folded, char)
  return folded === '' ? lowered : folded
}

const ZERO_WIDTH_JOINER = 0x200d
const EMOJI_VARIANTS = /[\ufe0e\ufe0f]|[\u{1f3fb}-\u{1f3ff}]/gu

function isEmoji(word: string): boolean {
  const point = word.codePointAt(0) ?? 0
  if (point < 0x2300) return false
  const value = wordBreakValue(tables().classes, point)
  return (value & EMOJI_FLAG) !== 0 || value === REGIONAL_INDICATOR
}

function isLowerAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80 || (unit >= 0x41 && unit <= 0x5a)) return false
  }
  return true
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** Composes each letter with the marks after it if a composed letter exists. Does not reorder marks. */
function compose(text: string): string {
  const { composites } = tables()
  let composed = ''
  let last = -1
  for (const char of text) {
    const point = char.codePointAt(0)!
    const joined = last < 0 ? undefined : (composites.get(pairKey(last, point)) ?? composeHangul(last, point))
    if (joined !== undefined) last = joined
    else {
      if (last >= 0) composed += String.fromCodePoint(last)
      last = point
    }
  }
  return last < 0 ? composed : composed + String.fromCodePoint(last)
}

/** Composes Hangul syllables of lead, vowel and trail by arithmetic (The Unicode Standard, section 3.12). */
function composeHangul(first: number, second: number): number | undefined {
  const lead = first - 0x1100
  const vowel = second - 0x1161
  if (lead >= 0 && lead < 19 && vowel >= 0 && vowel < 21) return 0xac00 + (lead * 21 + vowel) * 28
  const syllable = first - 0xac00
  const trail = second - 0x11a7
  if (syllable >= 0 && syllable < 11172 && syllable % 28 === 0 && trail > 0 && trail < 28) return first + trail
  return undefined
}
