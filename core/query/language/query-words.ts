import type { Token } from '../../analysis/text-analyzer.ts'
import type { Field } from '../../fields/field.ts'
import { isAnalysed, kindOf } from '../../fields/kinds.ts'

/** What queries need of an analyzer. */
export type QueryAnalyzer = { analyze(text: string): readonly Token[]; normalizeWord(word: string): string }

/** Analyzers by language, all loaded. */
export type QueryAnalyzers = { get(language: string): QueryAnalyzer }

/** Parts of queries that are remembered per analyzer: people ask with the same words. */
const REMEMBERED_MAX = 4_096
/** Longer parts are phrases and whole texts, which seldom come again: each query remembers its own. */
const REMEMBERED_LENGTH_MAX = 64

type Remembered = WeakMap<QueryAnalyzer, Map<string, readonly Token[]>>
const remembered: Remembered = new WeakMap()

/** Analyses parts of queries. */
export class QueryWords {
  readonly #analyzers: QueryAnalyzers
  readonly #long: Remembered = new WeakMap()

  constructor(analyzers: QueryAnalyzers) {
    this.#analyzers = analyzers
  }

  /** The words of a text that the field's index holds: without stop words only where they are not indexed. */
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

  /** A part of a word as the field's forms have it. */
  normalize(field: Field, part: string): string {
    return this.#analyzers.get(field.language).normalizeWord(part)
  }

  /**
   * Whether a word says something in any of these fields: one of its tokens is no
   * stop word, or stop words count like others. Keyword fields do not count where there are text fields.
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
