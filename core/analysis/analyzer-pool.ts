import { assert } from '../assert.ts'
import { ANALYZER_VERSION, openAnalyzer, type TextAnalyzer } from './text-analyzer.ts'

/** The analyzers of a process, one per language. Each is loaded once and then available synchronously. */
export class AnalyzerPool {
  /** The version of all analyzers in the pool. */
  readonly version: number
  readonly #open = new Map<string, TextAnalyzer>()
  readonly #opening = new Map<string, Promise<TextAnalyzer>>()

  constructor(version = ANALYZER_VERSION) {
    this.version = version
  }

  /** @throws {InvalidRequestError} `unknown_language` */
  async load(languages: Iterable<string>): Promise<void> {
    await Promise.all(Array.from(languages, (language) => this.open(language)))
  }

  /** @throws {InvalidRequestError} `unknown_language` */
  async open(language: string): Promise<TextAnalyzer> {
    let opening = this.#opening.get(language)
    if (opening === undefined) {
      opening = openAnalyzer(language, this.version)
      this.#opening.set(language, opening)
    }
    try {
      const analyzer = await opening
      this.#open.set(language, analyzer)
      return analyzer
    } catch (error) {
      this.#opening.delete(language)
      throw error
    }
  }

  /** The analyzer of a language that has been loaded. */
  get(language: string): TextAnalyzer {
    const analyzer = this.#open.get(language)
    assert(analyzer !== undefined, `analyzer "${language}" is loaded before it is used`)
    return analyzer
  }

  /** Bounds the memory of the vocabularies. Call this between batches only: see Vocabulary. */
  resetIfLarge(): void {
    for (const analyzer of this.#open.values()) analyzer.vocabulary.resetIfLarge()
  }
}
