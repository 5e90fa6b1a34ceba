/**
 * Writes unicode-tables.ts from the Unicode Character Database 15.0.0, so words do not depend on the runtime's ICU or
 * its version. To run it:
 *
 *     npm install --no-save @unicode/unicode-15.0.0@1.6.16
 *     node core/analysis/generate-unicode-tables.mjs && npx biome format --write core/analysis/unicode-tables.ts
 *
 * The script uses the runtime's normalisation, but only for characters that Unicode 15 assigns. Their normal forms
 * never change (https://www.unicode.org/policies/stability_policy.html).
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const PACKAGE = '@unicode/unicode-15.0.0'
const points = (property) => new Set(require(`${PACKAGE}/${property}/code-points.js`))
const text = (point) => String.fromCodePoint(point)
const pointsOf = (string) => Array.from(string, (char) => char.codePointAt(0))

// The order is that of word-break-table.ts.
const CLASSES = [
  'Other',
  'CR',
  'LF',
  'Newline',
  'Extend',
  'ZWJ',
  'Format',
  'Regional_Indicator',
  'Katakana',
  'Hebrew_Letter',
  'ALetter',
  'Single_Quote',
  'Double_Quote',
  'MidNumLet',
  'MidLetter',
  'MidNum',
  'Numeric',
  'ExtendNumLet',
  'WSegSpace',
]
const PICTOGRAPHIC = 32
const EMOJI = 64
const UNSPACED = 128
const POINTS = 0x110000

const assigned = points('Binary_Property/Assigned')
const wordBreak = new Uint8Array(POINTS)
for (const [number, name] of CLASSES.entries())
  if (number > 0) for (const p of points(`Word_Break/${name}`)) wordBreak[p] = number
const breaksAs = (point, ...names) => names.includes(CLASSES[wordBreak[point] & 31])

// Letters that the standard leaves to a dictionary: those of scripts that put no spaces between words.
for (const name of ['Modifier_Letter', 'Other_Letter', 'Letter_Number']) {
  for (const p of points(`General_Category/${name}`)) if (wordBreak[p] === 0) wordBreak[p] = UNSPACED
}
const katakanaSigns = new Set([0x309b, 0x309c, 0x30a0]) // voicing marks that are not combining, and a hyphen
for (const p of points('Word_Break/Katakana')) if (!katakanaSigns.has(p)) wordBreak[p] |= UNSPACED

for (const p of points('Binary_Property/Extended_Pictographic')) wordBreak[p] |= PICTOGRAPHIC
// Signs before U+2300 that Unicode lists as emoji (© ® ™ ‼ ↔ …) count as punctuation.
for (const p of points('Binary_Property/Emoji')) if (wordBreak[p] === PICTOGRAPHIC && p >= 0x2300) wordBreak[p] |= EMOJI

const lowercase = new Map(require(`${PACKAGE}/Simple_Case_Mapping/Lowercase/code-points.js`))
const digitValue = new Map()
{
  const digits = [...points('General_Category/Decimal_Number')].sort((a, b) => a - b)
  // Decimal digits come in runs of ten from 0 to 9 (stability policy); the mathematical ones are five such runs.
  for (const [i, p] of digits.entries()) digitValue.set(p, i % 10)
}
const ignorable = points('Binary_Property/Default_Ignorable_Code_Point')
const skinTones = points('Binary_Property/Emoji_Modifier')
const apostrophes = new Set([0x2019, 0x02bc, 0x02bb, 0x055a, 0xff07])
const inWords = (p) =>
  breaksAs(
    p,
    'Extend',
    'Format',
    'Katakana',
    'Hebrew_Letter',
    'ALetter',
    'Single_Quote',
    'MidNumLet',
    'MidLetter',
    'MidNum',
    'Numeric',
    'ExtendNumLet',
  ) || (wordBreak[p] & UNSPACED) !== 0

/** Lower case in compatibility form with accents, as stemmers read it. */
function lower(point) {
  if (breaksAs(point, 'Format') || ignorable.has(point) || skinTones.has(point)) return ''
  if (apostrophes.has(point)) return "'"
  if (digitValue.has(point)) return String(digitValue.get(point))
  if (point === 0x130) return 'i'
  const target = pointsOf(text(point).normalize('NFKC'))
    .map((p) => text(lowercase.get(p) ?? p))
    .join('')
    .normalize('NFKC')
  return target === text(point) ? target : pointsOf(target).map(lower).join('')
}

const lowerMap = new Map()
for (let p = 0x80; p < POINTS; p++) {
  if (!assigned.has(p) || (p >= 0xd800 && p <= 0xdfff) || !inWords(p) || p === 0x200d) continue
  const target = lower(p)
  if (target === text(p)) continue
  const grows = Buffer.byteLength(target) > 2 * Buffer.byteLength(text(p))
  if (!grows && pointsOf(target).every((q) => inWords(q) || q < 0x80)) lowerMap.set(p, target)
  else process.stdout.write(`left alone: U+${p.toString(16)} ${text(p)} -> ${JSON.stringify(target)}\n`)
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const accents = new Set(
  [
    ...range(0x300, 0x36f),
    ...range(0x1ab0, 0x1aff),
    ...range(0x1dc0, 0x1dff),
    ...range(0x20d0, 0x20ff),
    ...range(0xfe20, 0xfe2f),
    ...range(0x483, 0x487), // Cyrillic
    ...range(0x591, 0x5bd),
    0x5bf,
    0x5c1,
    0x5c2,
    0x5c4,
    0x5c5,
    0x5c7, // Hebrew points
    0x640,
    ...range(0x610, 0x61a),
    ...range(0x64b, 0x65f),
    0x670,
    ...range(0x6d6, 0x6dc),
    ...range(0x6df, 0x6e8),
    ...range(0x6ea, 0x6ed),
    ...range(0x8d3, 0x8ff), // Arabic
  ].filter((p) => assigned.has(p)),
)
const letters = new Map(
  Object.entries({
    ß: 'ss',
    æ: 'ae',
    ǽ: 'ae',
    ǣ: 'ae',
    œ: 'oe',
    ø: 'o',
    ǿ: 'o',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ł: 'l',
    ħ: 'h',
    ı: 'i',
    ŋ: 'n',
    ŧ: 't',
    ĸ: 'k',
    ƀ: 'b',
    ɓ: 'b',
    ƈ: 'c',
    ɖ: 'd',
    ɗ: 'd',
    ƌ: 'd',
    ǝ: 'e',
    ə: 'e',
    ɛ: 'e',
    ƒ: 'f',
    ɠ: 'g',
    ɣ: 'g',
    ǥ: 'g',
    ɩ: 'i',
    ɨ: 'i',
    ƙ: 'k',
    ƚ: 'l',
    ɲ: 'n',
    ƞ: 'n',
    ɔ: 'o',
    ɵ: 'o',
    ƥ: 'p',
    ƫ: 't',
    ƭ: 't',
    ʈ: 't',
    ʋ: 'v',
    ƴ: 'y',
    ƶ: 'z',
    ȥ: 'z',
    ɇ: 'e',
    ɉ: 'j',
    ɍ: 'r',
    ɏ: 'y',
    ⱥ: 'a',
    ȼ: 'c',
    ⱦ: 't',
    ꝛ: 'r',
    ʉ: 'u',
    ʌ: 'v',
    ȝ: 'y',
    ȣ: 'ou',
    ς: 'σ',
    ё: 'е',
    ѐ: 'е',
    ѝ: 'и',
    آ: 'ا',
    أ: 'ا',
    إ: 'ا',
    ٱ: 'ا',
    ى: 'ي',
    ی: 'ي',
    ة: 'ه',
    ک: 'ك',
  }),
)
const folded = new Set([...points('Script/Latin'), ...points('Script/Greek')])

/** Without the accents and other marks that people omit when they type a query. */
function fold(point) {
  if (accents.has(point)) return ''
  const letter = letters.get(text(point))
  if (letter !== undefined) return letter
  if (!folded.has(point)) return text(point)
  const target = pointsOf(text(point).normalize('NFD'))
    .filter((p) => !accents.has(p))
    .map(text)
    .join('')
  return target === text(point) ? target : pointsOf(target).map(fold).join('')
}

const foldMap = new Map()
for (let p = 0x80; p < POINTS; p++) {
  if (!assigned.has(p) || (p >= 0xd800 && p <= 0xdfff) || !inWords(p) || lowerMap.has(p)) continue
  const target = fold(p)
  if (target !== text(p)) foldMap.set(p, target)
  if (Buffer.byteLength(target) > 2 * Buffer.byteLength(text(p))) throw new Error(`U+${p.toString(16)} grows`)
}

/** Primary composites of lower-case letters and marks; Hangul is composed by arithmetic. */
const composites = []
for (let p = 0x80; p < POINTS; p++) {
  if (!assigned.has(p) || lowerMap.has(p) || !inWords(p) || (p >= 0xac00 && p <= 0xd7a3)) continue
  const parts = pointsOf(text(p).normalize('NFD'))
  if (parts.length < 2) continue
  const last = parts.pop()
  const first = pointsOf(parts.map(text).join('').normalize('NFC'))
  if (first.length === 1 && (text(first[0]) + text(last)).normalize('NFC') === text(p))
    composites.push([p, first[0], last])
}

/** Packs entries in order: `gap *count ~stride` and then `+delta`, `-delta` or `=a.b.c`, with numbers in base 36. */
function encodeMapping(map) {
  const entries = [...map].map(([p, target]) => ({
    p,
    targets: pointsOf(target),
    delta: pointsOf(target).length === 1 ? target.codePointAt(0) - p : undefined,
  }))
  const used = new Set()
  const runs = []
  for (const { p, targets, delta } of entries) {
    if (used.has(p)) continue
    const same = (q, stride, k) => {
      const target = map.get(q)
      if (target === undefined || used.has(q)) return false
      return delta === undefined
        ? target === map.get(p)
        : pointsOf(target).length === 1 && target.codePointAt(0) - q === delta && k * stride >= 0
    }
    const lengthOf = (stride) => {
      let k = 1
      while (same(p + k * stride, stride, k)) k++
      return k
    }
    const constant = (() => {
      let k = 1
      while (map.get(p + k) === map.get(p) && !used.has(p + k)) k++
      return k
    })()
    const [one, two] = [lengthOf(1), lengthOf(2)]
    const best = Math.max(one, two > 2 ? two : 1, delta === undefined ? 1 : constant)
    const stride = best === one || best === constant ? 1 : 2
    for (let k = 0; k < best; k++) used.add(p + k * stride)
    const literal = delta === undefined || (best === constant && best > one)
    runs.push({
      p,
      best,
      stride,
      target: literal
        ? `=${targets.map((t) => t.toString(36)).join('.')}`
        : `${delta < 0 ? '-' : '+'}${Math.abs(delta).toString(36)}`,
    })
  }
  runs.sort((a, b) => a.p - b.p)
  let last = 0
  return runs
    .map(({ p, best, stride, target }) => {
      const gap = p - last
      last = p
      return `${gap.toString(36)}${best > 1 ? `*${best.toString(36)}` : ''}${stride > 1 ? '~2' : ''}${target}`
    })
    .join(' ')
}

const values = [...new Set(wordBreak)].sort((a, b) => a - b)
if (values.length > 26) throw new Error('more classes than letters')
let runs = ''
for (let start = 0; start < POINTS; ) {
  let end = start
  while (end < POINTS && wordBreak[end] === wordBreak[start]) end++
  runs += (end - start).toString(36) + String.fromCharCode(65 + values.indexOf(wordBreak[start]))
  start = end
}
let lastComposite = 0
const composition = composites
  .map(([p, a, b]) => {
    const entry = [p - lastComposite, a, b].map((n) => n.toString(36)).join('.')
    lastComposite = p
    return entry
  })
  .join(' ')

const lines = (string) => `[\n${(string.match(/.{1,110}/g) ?? []).map((line) => `  '${line}',`).join('\n')}\n].join('')`
writeFileSync(
  new URL('unicode-tables.ts', import.meta.url),
  `/*
 * Generated by generate-unicode-tables.mjs: change the generator instead.
 *
 * Derived from the Unicode Character Database 15.0.0, © Unicode, Inc., under the Unicode License
 * (https://www.unicode.org/license.txt). Numbers are in base 36.
 */

/** The class number and flags of the letters A, B, C … in {@link WORD_BREAK_RUNS}. */
export const WORD_BREAK_VALUES: readonly number[] = [${values.join(', ')}]

/** Lengths of runs of code points with one value, starting at U+0000. */
export const WORD_BREAK_RUNS = ${lines(runs)}

/** Code points as stemmers read them: in lower case, with accents, compatibility forms resolved. */
export const LOWER_MAPPING = ${lines(encodeMapping(lowerMap))}

/** Lower-case code points without the accents and other marks that people omit. */
export const FOLD_MAPPING = ${lines(encodeMapping(foldMap))}

/** Lower-case letters composed of two parts: distance from the previous letter, first part, second part. */
export const COMPOSITIONS = ${lines(composition)}
`,
)
process.stdout.write(`${lowerMap.size} lower, ${foldMap.size} folded, ${composites.length} composed\n`)
