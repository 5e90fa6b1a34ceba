import {
  A_LETTER,
  CLASS_MASK,
  CR,
  DOUBLE_QUOTE,
  EMOJI_FLAG,
  EXTEND,
  EXTEND_NUM_LET,
  FORMAT,
  HEBREW_LETTER,
  KATAKANA,
  LF,
  MID_LETTER,
  MID_NUM,
  MID_NUM_LET,
  NEWLINE,
  NUMERIC,
  OTHER,
  PICTOGRAPHIC_FLAG,
  REGIONAL_INDICATOR,
  SINGLE_QUOTE,
  UNSPACED,
  W_SEG_SPACE,
  type WordBreakTable,
  ZWJ,
} from './word-break-table.ts'

/** Kinds of classes, as bits. A class joins its two neighbours if they share a kind that it joins. */
const LETTER = 1
const NUMBER = 2
const HEBREW = 4
/** Kinds that occur only in {@link FOLLOWS}. */
const UNDERSCORE = 8
const KANA = 16

/** The kinds of each class. */
const KIND = new Uint8Array(32)
KIND[A_LETTER] = LETTER
KIND[HEBREW_LETTER] = LETTER | HEBREW
KIND[NUMERIC] = NUMBER
KIND[EXTEND_NUM_LET] = UNDERSCORE
KIND[KATAKANA] = KANA

/** The kinds that may follow each class without a break (WB5, WB8–WB10, WB13–WB13b). */
const FOLLOWS = new Uint8Array(32)
FOLLOWS[A_LETTER] = LETTER | NUMBER | UNDERSCORE
FOLLOWS[HEBREW_LETTER] = LETTER | NUMBER | UNDERSCORE
FOLLOWS[NUMERIC] = LETTER | NUMBER | UNDERSCORE
FOLLOWS[EXTEND_NUM_LET] = LETTER | NUMBER | UNDERSCORE | KANA
FOLLOWS[KATAKANA] = UNDERSCORE | KANA

/** The kinds that each class joins if they are on both of its sides (WB6, WB7, WB7b, WB7c, WB11, WB12). */
const JOINS = new Uint8Array(32)
JOINS[MID_LETTER] = LETTER
JOINS[MID_NUM] = NUMBER
JOINS[MID_NUM_LET] = LETTER | NUMBER
JOINS[SINGLE_QUOTE] = LETTER | NUMBER
JOINS[DOUBLE_QUOTE] = HEBREW

/** Classes that certainly end a word of ASCII letters, digits and underscores before them. */
export const ENDS_WORD = new Uint8Array(32)
for (const kind of [OTHER, CR, LF, NEWLINE, REGIONAL_INDICATOR, DOUBLE_QUOTE, W_SEG_SPACE, UNSPACED])
  ENDS_WORD[kind] = 1

/**
 * Walks UTF-8 bytes from word boundary to word boundary by the rules of UAX #29 (Unicode 15), and records the
 * properties of the last segment. One instance serves many texts.
 */
export class WordWalker {
  /** Whether the last segment is a word: it contains a letter, a digit or kana. */
  isWord = false
  /** Byte position of the first emoji or flag in the last segment, or -1. */
  emojiStart = -1
  /** Byte position after the code point that {@link valueAt} read last. */
  next = 0

  readonly #table: WordBreakTable

  constructor(table: WordBreakTable) {
    this.#table = table
  }

  /**
   * The Word_Break value of the code point that starts at `at`. Sets {@link next}.
   * `bytes` must be valid UTF-8 there.
   */
  valueAt(bytes: Uint8Array, at: number): number {
    const lead = bytes[at]!
    let point = lead
    if (lead < 0x80) this.next = at + 1
    else if (lead < 0xe0) {
      point = ((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
      this.next = at + 2
    } else if (lead < 0xf0) {
      point = ((lead & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
      this.next = at + 3
    } else {
      point = ((lead & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12)
      point |= ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)
      this.next = at + 4
    }
    return this.#table.values[(this.#table.blocks[point >>> 7]! << 7) | (point & 127)]!
  }

  /**
   * The end of the segment that starts at the boundary `start`, which must be below `length`. Sets {@link isWord} and
   * {@link emojiStart}.
   */
  wordEnd(bytes: Uint8Array, start: number, length: number): number {
    this.isWord = false
    this.emojiStart = -1
    let value = this.valueAt(bytes, start)
    let end = this.next
    let before = value & CLASS_MASK
    if (before === CR) return bytes[end] === 0x0a && end < length ? end + 1 : end
    if (before === LF || before === NEWLINE) return end
    this.#record(value, start)
    /** The class right before `end`, even if it is a mark. */
    let last = before
    let flags = Number(before === REGIONAL_INDICATOR)

    while (end < length) {
      value = this.valueAt(bytes, end)
      const kind = value & CLASS_MASK
      const after = this.next
      if (kind === EXTEND || kind === ZWJ || kind === FORMAT) {
        // WB4: marks belong to the character before them, and later rules ignore them.
      } else if (last === ZWJ && (value & PICTOGRAPHIC_FLAG) !== 0) {
        before = kind // WB3c
      } else if ((FOLLOWS[before]! & KIND[kind]!) !== 0) {
        before = kind
      } else if (before === W_SEG_SPACE) {
        if (kind !== W_SEG_SPACE || last !== W_SEG_SPACE) return end // WB3d
      } else if (before === REGIONAL_INDICATOR) {
        if (kind !== REGIONAL_INDICATOR || flags !== 1) return end // WB15, WB16: in pairs
        flags = 2
      } else {
        const joins = JOINS[kind]! & KIND[before]!
        if (joins !== 0 && (joins & this.#kindAfterMarks(bytes, after, length)) !== 0) {
          before = A_LETTER // Any class that the following class may follow without a break.
        } else if (before === HEBREW_LETTER && kind === SINGLE_QUOTE) {
          before = OTHER // WB7a
        } else return end
      }
      this.#record(value, end)
      last = kind
      end = after
    }
    return end
  }

  #record(value: number, at: number): void {
    const kind = value & CLASS_MASK
    if ((KIND[kind]! & ~UNDERSCORE) !== 0) this.isWord = true
    else if (this.emojiStart < 0 && ((value & EMOJI_FLAG) !== 0 || kind === REGIONAL_INDICATOR)) this.emojiStart = at
  }

  #kindAfterMarks(bytes: Uint8Array, at: number, length: number): number {
    for (let i = at; i < length; i = this.next) {
      const kind = this.valueAt(bytes, i) & CLASS_MASK
      if (kind !== EXTEND && kind !== ZWJ && kind !== FORMAT) return KIND[kind]!
    }
    return 0
  }
}
