import { WORD_BREAK_RUNS, WORD_BREAK_VALUES } from './unicode-tables.ts'

/** Word_Break property values of UAX #29, as numbers that {@link WORD_BREAK_RUNS} uses too. */
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
/** Ours, in tailored tables only: a letter of a script that puts no spaces between words. */
export const UNSPACED = 19

/** Mask of the class within a value; the bits above are flags. */
export const CLASS_MASK = 31
/** Extended_Pictographic, which ZWJ joins to what precedes it. */
export const PICTOGRAPHIC_FLAG = 32
/** A pictograph that is searched for as a word of its own. */
export const EMOJI_FLAG = 64
const UNSPACED_FLAG = 128

const BLOCK_SHIFT = 7
const BLOCK_SIZE = 1 << BLOCK_SHIFT
const POINTS = 0x110000

/** Values by code point in two stages, so that a million code points take some 40 KB. */
export type WordBreakTable = { readonly blocks: Uint16Array; readonly values: Uint8Array }

/**
 * Where the standard's own classes are used: `standard`. `tailored` gives letters
 * of scripts without spaces the class {@link UNSPACED}, and so does
 * `tailoredWithHangul` for Korean, whose words carry their particles.
 */
export type Tailoring = 'standard' | 'tailored' | 'tailoredWithHangul'

const made = new Map<Tailoring, WordBreakTable>()

/** Unpacks the table on first use (about 3 ms); plain ASCII text never needs it. */
export function wordBreakTable(tailoring: Tailoring): WordBreakTable {
  let table = made.get(tailoring)
  if (table === undefined) {
    table = compress(unpackRuns(tailoring))
    made.set(tailoring, table)
  }
  return table
}

export function wordBreakValue(table: WordBreakTable, point: number): number {
  return table.values[(table.blocks[point >>> BLOCK_SHIFT]! << BLOCK_SHIFT) | (point & (BLOCK_SIZE - 1))]!
}

function unpackRuns(tailoring: Tailoring): Uint8Array {
  const values = new Uint8Array(POINTS)
  let start = 0
  for (const [, length, letter] of WORD_BREAK_RUNS.matchAll(/([0-9a-z]+)([A-Z])/g)) {
    const end = start + Number.parseInt(length!, 36)
    const value = WORD_BREAK_VALUES[letter!.charCodeAt(0) - 65]!
    const unspaced = (value & UNSPACED_FLAG) !== 0
    values.fill(unspaced && tailoring !== 'standard' ? UNSPACED : value & ~UNSPACED_FLAG, start, end)
    start = end
  }
  if (tailoring === 'tailoredWithHangul') {
    for (const [from, to, value] of HANGUL) {
      for (let point = from; point <= to; point++) if (values[point] === A_LETTER) values[point] = value
    }
  }
  return values
}

/** Syllables and letters; letters that continue a syllable are its marks. */
const HANGUL: readonly (readonly [from: number, to: number, value: number])[] = [
  [0x1100, 0x115f, UNSPACED],
  [0x1160, 0x11ff, EXTEND],
  [0x3131, 0x318e, UNSPACED],
  [0xa960, 0xa97c, UNSPACED],
  [0xac00, 0xd7a3, UNSPACED],
  [0xd7b0, 0xd7fb, EXTEND],
  [0xffa0, 0xffdc, UNSPACED],
]

function compress(values: Uint8Array): WordBreakTable {
  const blocks = new Uint16Array(POINTS >>> BLOCK_SHIFT)
  const distinct: Uint8Array[] = []
  const numbers = new Map<string, number>()
  for (let block = 0; block < blocks.length; block++) {
    const slice = values.subarray(block << BLOCK_SHIFT, (block + 1) << BLOCK_SHIFT)
    const key = Buffer.from(slice.buffer, slice.byteOffset, BLOCK_SIZE).toString('latin1')
    let number = numbers.get(key)
    if (number === undefined) {
      number = distinct.length
      numbers.set(key, number)
      distinct.push(slice)
    }
    blocks[block] = number
  }
  const table = new Uint8Array(distinct.length << BLOCK_SHIFT)
  for (const [number, slice] of distinct.entries()) table.set(slice, number << BLOCK_SHIFT)
  return { blocks, values: table }
}
