import type { Token } from '../../analysis/text-analyzer.ts'
import type { Field } from '../../fields/field.ts'
import { isAnalysed, kindOf } from '../../fields/kinds.ts'

/** The part of an analyzer that queries use. */
export type QueryAnalyzer = { analyze(text: string): readonly Token[]; normalizeWord(word: string): string }

/** Analyzers by language, all loaded. */
export type QueryAnalyzers = { get(language: string): QueryAnalyzer }

/** Analysed texts kept per analyzer: queries often have the same words. */
const REMEMBERED_MAX = 4_096
/** Longer texts are phrases and whole texts, which seldom repeat: only the query itself keeps them. Counted in UTF-16 units. */
const REMEMBERED_LENGTH_MAX = 64

type Remembered = WeakMap<QueryAnalyzer, Map<string, readonly Token[]>>
const remembered: Remembered = new WeakMap()

/** Analyses the words and phrases of queries. */
export class QueryWords {
  readonly #analyzers: QueryAnalyzers
  readonly #long: Remembered = new WeakMap()

  constructor(analyzers: QueryAnalyzers) {
    this.#analyzers = analyzers
  }

  /** The words of a text that the field indexes. Stop words are left out only if the field does not index them. */
  indexedTokens(field: Field, text: string): readonly Token[] {
    const tokens = this.tokens(field, text)
    return field.stopWords === 'index' ? tokens.filter((token) => !token.stopWord) : tokens
  }

  tokens(field: Field, text: string): readonly Token[] {
    const analyzer = this.#analyzers.get(field.language)
    const known = rememberedBy(text.length > REMEMBERED_LENGTH_MAX ? this.#long : remembered, analyzer)
    const before = known.get(text)
    if (before !== undefined) return before
    const tokens = analyzer.analyze(text)
    known.set(text, tokens)
    return tokens
  }

  /** Normalizes a part of a word as the field's surface forms are normalized. */
  normalize(field: Field, part: string): string {
    return this.#analyzers.get(field.language).normalizeWord(part)
  }

  /**
   * Whether a word is meaningful in any of these fields: one of its tokens is not a stop word, or the field treats stop words
   * like other words. If there are text fields, keyword fields are ignored.
   */
  isMeaningful(fields: readonly Field[], text: string): boolean {
    const texts = fields.filter(isAnalysed)
    if (texts.length === 0) return fields.some((field) => kindOf(field).words === 'whole')
    return texts.some((field) => {
      return this.tokens(field, text).some((token) => !token.stopWord || field.stopWords === 'none')
    })
  }
}

function rememberedBy(by: Remembered, analyzer: QueryAnalyzer): Map<string, readonly Token[]> {
  const known = by.get(analyzer)
  if (known !== undefined && known.size < REMEMBERED_MAX) return known
  const fresh = new Map<string, readonly Token[]>()
  by.set(analyzer, fresh)
  return fresh
}
