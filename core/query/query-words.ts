import type { Token } from '../analysis/text-analyzer.ts'
import type { Field } from '../schema/schema.ts'

/** What queries need of an analyzer. */
export type QueryAnalyzer = { analyze(text: string): readonly Token[]; normalizeWord(word: string): string }

/** Analyzers by language, all loaded. */
export type QueryAnalyzers = { get(language: string): QueryAnalyzer }

/** Analyses parts of one query, each text once a language. */
export class QueryWords {
  readonly #analyzers: QueryAnalyzers
  readonly #tokens = new Map<string, readonly Token[]>()

  constructor(analyzers: QueryAnalyzers) {
    this.#analyzers = analyzers
  }

  /** The words of a text that the field's index holds: without stop words only where they are not indexed. */
  indexedTokens(field: Field, text: string): readonly Token[] {
    const tokens = this.tokens(field, text)
    return field.stopWords === 'index' ? tokens.filter((token) => !token.stopWord) : tokens
  }

  tokens(field: Field, text: string): readonly Token[] {
    const key = `${field.language} ${text}`
    const known = this.#tokens.get(key)
    if (known !== undefined) return known
    const tokens = this.#analyzers.get(field.language).analyze(text)
    this.#tokens.set(key, tokens)
    return tokens
  }

  /** A part of a word as the field's forms have it. */
  normalize(field: Field, part: string): string {
    return this.#analyzers.get(field.language).normalizeWord(part)
  }

  /**
   * Whether a word says something in any of these fields: one of its tokens is no
   * stop word, or stop words count like others. Keyword fields say nothing on that beside text fields.
   */
  isMeaningful(fields: readonly Field[], text: string): boolean {
    const texts = fields.filter((field) => field.type === 'text')
    if (texts.length === 0) return fields.some((field) => field.type === 'keyword')
    return texts.some((field) => {
      return this.tokens(field, text).some((token) => !token.stopWord || field.stopWords === 'none')
    })
  }
}
