import { parseLanguage } from './languages.ts'
import { SCAN_PADDING, WordScanner } from './scan-words.ts'
import { GrowingVocabulary, type Vocabulary } from './vocabulary.ts'
import { type AnalyzedWord, analyzeWord, loadWordRules, normalizeWord, type WordRules } from './word-rules.ts'

/**
 * Raise this with every change of the words that texts become, in any language. Segments and manifests name the version
 * that made their words, and compaction never merges segments of different versions.
 */
export const ANALYZER_VERSION = 1

/** The words of one text as tokens of a vocabulary: the first {@link count} entries. Reused for many texts. */
export class TokenBuffer {
  ids = new Uint32Array(256)
  /** Word numbers from 0, counting stop words. */
  positions = Uint32Array.from({ length: 256 }, (_, i) => i)
  count = 0

  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return
    const size = Math.max(capacity, this.ids.length * 2)
    this.ids = new Uint32Array(size)
    this.positions = new Uint32Array(size)
    for (let i = 0; i < size; i++) this.positions[i] = i
  }
}

/** One word of a query, or of a text to highlight. */
export type Token = AnalyzedWord & {
  /** The number of the word in its text, from 0. */
  readonly position: number
  /** Half-open range of UTF-16 units in the given text. Pairs of letters overlap. */
  readonly start: number
  readonly end: number
}

/**
 * Opens the analyzer of a language; loads the stemmer and the stop words of that language.
 *
 * @param version the version that the analyzer reports
 * @throws {InvalidRequestError} `unknown_language`
 */
export async function openAnalyzer(language: string, version = ANALYZER_VERSION): Promise<TextAnalyzer> {
  return new TextAnalyzer(await loadWordRules(parseLanguage(language)), version)
}

/** Turns texts of one language into words; docs/analysis.md defines a word. Made by {@link openAnalyzer}. */
export class TextAnalyzer {
  /** The language's name. */
  readonly id: string
  readonly version: number

  readonly #rules: WordRules
  readonly #vocabulary: GrowingVocabulary
  readonly #scanner: WordScanner
  #bytes = Buffer.alloc(1 << 12)
  readonly #analyzed = new Map<string, AnalyzedWord>()

  constructor(rules: WordRules, version: number) {
    this.id = rules.language
    this.version = version
    this.#rules = rules
    this.#vocabulary = new GrowingVocabulary(rules)
    const tailoring = rules.language === 'korean' ? 'tailoredWithHangul' : 'tailored'
    this.#scanner = new WordScanner(tailoring, { keepsCapitalI: rules.casing === 'turkish' })
  }

  get vocabulary(): Vocabulary {
    return this.#vocabulary
  }

  /** Replaces the content of `into` with the words of `text`. */
  tokenize(text: string, into: TokenBuffer): void {
    this.#scan(text)
    const { starts, ends, hashes, count } = this.#scanner
    into.reserve(count)
    const ids = into.ids
    const bytes = this.#bytes
    const vocabulary = this.#vocabulary
    for (let i = 0; i < count; i++) ids[i] = vocabulary.token(bytes, starts[i]!, ends[i]!, hashes[i]!)
    into.count = count
  }

  /** The words of a query or of a text to highlight. Does not change the vocabulary. */
  analyze(text: string): Token[] {
    const length = this.#scan(text)
    const { starts, ends, count } = this.#scanner
    const bytes = this.#bytes
    const startUnits = toUtf16(bytes, length, starts.subarray(0, count))
    const endUnits = toUtf16(bytes, length, ends.subarray(0, count))
    return Array.from({ length: count }, (_, i) => ({
      ...this.#analyzeWord(bytes.toString('utf8', starts[i], ends[i])),
      position: i,
      start: startUnits[i]!,
      end: endUnits[i]!,
    }))
  }

  /** The form of a word or of a part of a word: lower-cased and folded, never stemmed or cut. */
  normalizeWord(word: string): string {
    return normalizeWord(this.#rules, word)
  }

  /** Encodes `text` and finds its words. @returns its length in bytes */
  #scan(text: string): number {
    const capacity = text.length * 3 + SCAN_PADDING
    if (capacity > this.#bytes.length) this.#bytes = Buffer.alloc(Math.max(capacity, this.#bytes.length * 2))
    const length = this.#bytes.write(text, 'utf8')
    this.#bytes.fill(0, length, length + SCAN_PADDING)
    this.#scanner.scan(this.#bytes, length)
    return length
  }

  #analyzeWord(word: string): AnalyzedWord {
    let analyzed = this.#analyzed.get(word)
    if (analyzed === undefined) {
      if (this.#analyzed.size >= ANALYZED_WORDS_MAX) this.#analyzed.clear()
      analyzed = analyzeWord(this.#rules, word)
      this.#analyzed.set(word, analyzed)
    }
    return analyzed
  }
}

/** How many words of queries are cached with their terms. */
const ANALYZED_WORDS_MAX = 4096

/** UTF-16 offsets of ascending byte offsets. */
function toUtf16(bytes: Uint8Array, length: number, offsets: Uint32Array): Uint32Array {
  const units = new Uint32Array(offsets.length)
  let at = 0
  let unit = 0
  for (let i = 0; i < offsets.length; i++) {
    const offset = Math.min(offsets[i]!, length)
    for (; at < offset; at++) {
      const byte = bytes[at]!
      // A code point of four bytes is two units; continuation bytes are none.
      if ((byte & 0xc0) !== 0x80) unit += byte >= 0xf0 ? 2 : 1
    }
    units[i] = unit
  }
  return units
}
