import { InvalidRequestError, LimitExceededError } from '../../errors.ts'
import type { PatternPart } from './query-syntax.ts'

/** The most words, phrases, patterns and ranges of one query. */
export const QUERY_CLAUSES_MAX = 1_024
/** The deepest nesting of parentheses and negations. */
export const QUERY_DEPTH_MAX = 32

/** A word of the query text, with escapes resolved and wildcards marked. */
export type RawWord = { readonly at: number; readonly parts: readonly PatternPart[] }

const WHITE_SPACE = /\s/

/** The position of a parser in the text of a query. */
export class QueryCursor {
  readonly text: string
  at = 0
  depth = 0
  #clauses = 0

  constructor(text: string) {
    this.text = text
  }

  /** The next UTF-16 unit; the empty string at the end. */
  peek(): string {
    return this.text.charAt(this.at)
  }

  isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** Whether a word ends here. */
  isAtDelimiter(): boolean {
    const next = this.peek()
    return next === '' || next === '(' || next === ')' || next === '"' || isSpace(next)
  }

  skipSpace(): void {
    while (isSpace(this.peek())) this.at++
  }

  /** Skips `token` if it is next. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  /** Whether an upper-case operator is next, as a word of its own. */
  isAtOperator(operator: 'AND' | 'OR' | 'NOT'): boolean {
    if (!this.text.startsWith(operator, this.at)) return false
    const after = this.text.charAt(this.at + operator.length)
    return after === '' || after === '(' || after === ')' || after === '"' || isSpace(after)
  }

  takeOperator(operator: 'AND' | 'OR' | 'NOT'): boolean {
    if (!this.isAtOperator(operator)) return false
    this.at += operator.length
    return true
  }

  /** Takes a backslash and the character after it. The cursor is at the backslash. */
  takeEscaped(): string {
    const point = this.text.codePointAt(this.at + 1)
    if (point === undefined) throw this.expected('a character after \\', this.at + 1)
    const character = String.fromCodePoint(point)
    this.at += 1 + character.length
    return character
  }

  /**
   * Reads characters up to white space, a parenthesis, a quote, or a `^` or `~` that is not the first character.
   *
   * @param stopAt called at each unescaped `:` that is not first, with the text before it; true ends the word before the colon
   */
  readWord(stopAt: (name: string) => boolean): RawWord {
    const start = this.at
    const parts: PatternPart[] = []
    let literal = ''
    const endLiteral = () => {
      if (literal !== '') parts.push({ kind: 'literal', text: literal })
      literal = ''
    }
    while (!this.isAtDelimiter()) {
      const next = this.peek()
      if (next === '\\') {
        literal += this.takeEscaped()
        continue
      }
      if ((next === '^' || next === '~') && this.at > start) break
      if (next === ':' && this.at > start && parts.length === 0 && stopAt(literal)) break
      this.at++
      if (next === '*' || next === '?') {
        endLiteral()
        parts.push({ kind: next })
      } else {
        literal += next
      }
    }
    endLiteral()
    return { at: start, parts }
  }

  /** Reads a value of a range or comparison: a quoted one, or up to white space or one of `closers`. */
  readValue(closers: string): string {
    if (this.peek() === '"') return this.readQuoted()
    const start = this.at
    let value = ''
    while (!this.isAtDelimiter() && !closers.includes(this.peek())) {
      if (this.peek() === '\\') value += this.takeEscaped()
      else value += this.text.charAt(this.at++)
    }
    if (this.at === start) throw this.expected('a value')
    return value
  }

  /** Reads the text between the next quote and its closing quote. */
  readQuoted(): string {
    const start = this.at++
    let quoted = ''
    while (this.peek() !== '"') {
      if (this.isAtEnd()) throw this.expected(`a quote that ends the one at position ${start}`)
      if (this.peek() === '\\') quoted += this.takeEscaped()
      else quoted += this.text.charAt(this.at++)
    }
    this.at++
    return quoted
  }

  /** Reads digits, and a fraction if `kind` allows one. */
  readNumber(kind: 'whole' | 'decimal', max: number, what: string): number {
    const pattern = kind === 'whole' ? /\d+/y : /\d+(?:\.\d+)?/y
    pattern.lastIndex = this.at
    const digits = pattern.exec(this.text)?.[0]
    if (digits === undefined) throw this.expected(what)
    if (Number(digits) > max) throw this.expected(`${what}, at most ${max}`)
    this.at += digits.length
    return Number(digits)
  }

  /** @throws {LimitExceededError} above {@link QUERY_CLAUSES_MAX} */
  countClause(): void {
    this.#clauses++
    if (this.#clauses > QUERY_CLAUSES_MAX) throw tooManyClauses()
  }

  /** Runs `parse` one level deeper. @throws {LimitExceededError} above {@link QUERY_DEPTH_MAX} */
  nest<T>(parse: () => T): T {
    if (this.depth >= QUERY_DEPTH_MAX) {
      throw new LimitExceededError(
        'query_too_deep',
        `query: parentheses and negations are nested more than ${QUERY_DEPTH_MAX} deep at position ${this.at}`,
        { details: { limit: QUERY_DEPTH_MAX, position: this.at } },
      )
    }
    this.depth++
    const parsed = parse()
    this.depth--
    return parsed
  }

  /** The error for an unexpected character at `position`. */
  expected(what: string, position = this.at): InvalidRequestError {
    const point = this.text.codePointAt(position)
    const found = point === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(point))
    return invalidQuery(`expected ${what}, found ${found}`, position)
  }
}

function isSpace(character: string): boolean {
  // Most characters are letters and digits, which need no regular expression.
  return character <= ' '
    ? character !== '' && WHITE_SPACE.test(character)
    : character > '~' && WHITE_SPACE.test(character)
}

/** @param position in UTF-16 units from the beginning of the query */
export function invalidQuery(message: string, position: number): InvalidRequestError {
  return new InvalidRequestError('invalid_query', `query: ${message} at position ${position}`, {
    details: { position },
  })
}

/** The error for a query of more than {@link QUERY_CLAUSES_MAX} clauses. */
export function tooManyClauses(): LimitExceededError {
  return new LimitExceededError('too_many_clauses', `query: at most ${QUERY_CLAUSES_MAX} clauses are allowed`, {
    details: { limit: QUERY_CLAUSES_MAX },
  })
}
