import { WORD_BREAK_RUNS, WORD_BREAK_VALUES } from './unicode-tables.ts'

/** The Word_Break property values of UAX #29, numbered as in {@link WORD_BREAK_RUNS}. */
export const OTHER = 0
export const CR = 1
export const LF = 2
export const NEWLINE = 3
export const EXTEND = 4
export const ZWJ = 5
export const FORMAT = 6
export const REGIONAL_INDICATOR = 7
export const KATAKANA = 8
export const HEBREW_LETTER = 9
export const A_LETTER = 10
export const SINGLE_QUOTE = 11
export const DOUBLE_QUOTE = 12
export const MID_NUM_LET = 13
export const MID_LETTER = 14
export const MID_NUM = 15
export const NUMERIC = 16
export const EXTEND_NUM_LET = 17
export const W_SEG_SPACE = 18
/** Not in the standard, in tailored tables only: a letter of a script that puts no spaces between words. */
export const UNSPACED = 19

/** Mask of the class in a value; the bits above are flags. */
export const CLASS_MASK = 31
/** Extended_Pictographic: ZWJ joins such a character to the one before. */
export const PICTOGRAPHIC_FLAG = 32
/** A pictograph that is a word by itself. */
export const EMOJI_FLAG = 64
const UNSPACED_FLAG = 128

const BLOCK_SHIFT = 7
const BLOCK_SIZE = 1 << BLOCK_SHIFT
const POINTS = 0x110000

/** Values by code point in two stages: a million code points take some 40 KB. */
export type WordBreakTable = { readonly blocks: Uint16Array; readonly values: Uint8Array }

/**
 * `standard` keeps the classes of the standard. `tailored` gives the class {@link UNSPACED} to letters of scripts
 * without spaces. `tailoredWithHangul` also gives it to Hangul, because Korean words carry their particles.
 */
export type Tailoring = 'standard' | 'tailored' | 'tailoredWithHangul'

const made = new Map<Tailoring, WordBreakTable>()

/** The table of a tailoring, unpacked on first use in a millisecond or two; plain ASCII text never needs it. */
export function wordBreakTable(tailoring: Tailoring): WordBreakTable {
  let table = made.get(tailoring)
  if (table === undefined) {
    table = makeTable(tailoring)
    made.set(tailoring, table)
  }
  return table
}

export function wordBreakValue(table: WordBreakTable, point: number): number {
  return table.values[(table.blocks[point >>> BLOCK_SHIFT]! << BLOCK_SHIFT) | (point & (BLOCK_SIZE - 1))]!
}

/** A run of code points with one value; `end` is exclusive. */
type Run = { readonly start: number; readonly end: number; readonly value: number }

function* unpackRuns(tailoring: Tailoring): Generator<Run> {
  let start = 0
  for (const [, length, letter] of WORD_BREAK_RUNS.matchAll(/([0-9a-z]+)([A-Z])/g)) {
    const end = start + Number.parseInt(length!, 36)
    const packed = WORD_BREAK_VALUES[letter!.charCodeAt(0) - 65]!
    const isUnspaced = (packed & UNSPACED_FLAG) !== 0 && tailoring !== 'standard'
    const value = isUnspaced ? UNSPACED : packed & ~UNSPACED_FLAG
    if (value === A_LETTER && tailoring === 'tailoredWithHangul') yield* cutAtHangul({ start, end, value })
    else yield { start, end, value }
    start = end
  }
}

function* cutAtHangul(run: Run): Generator<Run> {
  let start = run.start
  for (const hangul of HANGUL) {
    const from = Math.max(hangul.start, start)
    const end = Math.min(hangul.end, run.end)
    if (from >= end) continue
    if (from > start) yield { start, end: from, value: run.value }
    yield { start: from, end, value: hangul.value }
    start = end
  }
  if (start < run.end) yield { start, end: run.end, value: run.value }
}

/** Syllables and letters, in order. Letters that continue a syllable count as marks. */
const HANGUL: readonly Run[] = [
  { start: 0x1100, end: 0x1160, value: UNSPACED },
  { start: 0x1160, end: 0x1200, value: EXTEND },
  { start: 0x3131, end: 0x318f, value: UNSPACED },
  { start: 0xa960, end: 0xa97d, value: UNSPACED },
  { start: 0xac00, end: 0xd7a4, value: UNSPACED },
  { start: 0xd7b0, end: 0xd7fc, value: EXTEND },
  { start: 0xffa0, end: 0xffdd, value: UNSPACED },
]

function makeTable(tailoring: Tailoring): WordBreakTable {
  const blocks = new Uint16Array(POINTS >>> BLOCK_SHIFT)
  const distinct: Uint8Array[] = []
  const numbers = new Map<string, number>()
  const numberOf = (block: Uint8Array): number => {
    const key = Buffer.from(block.buffer).toString('latin1')
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, distinct.length)
    return distinct.push(block.slice()) - 1
  }
  const block = new Uint8Array(BLOCK_SIZE)
  for (const { start, end, value } of unpackRuns(tailoring)) {
    for (let at = start; at < end; ) {
      const offset = at & (BLOCK_SIZE - 1)
      const next = Math.min(end, at - offset + BLOCK_SIZE)
      block.fill(value, offset, offset + next - at)
      if (next % BLOCK_SIZE !== 0) break
      // Most blocks lie within one run: Chinese alone takes hundreds.
      const last = offset === 0 ? end - (end % BLOCK_SIZE) : next
      blocks.fill(numberOf(block), at >>> BLOCK_SHIFT, last >>> BLOCK_SHIFT)
      at = last
    }
  }
  const values = new Uint8Array(distinct.length << BLOCK_SHIFT)
  for (const [number, slice] of distinct.entries()) values.set(slice, number << BLOCK_SHIFT)
  return { blocks, values }
}
