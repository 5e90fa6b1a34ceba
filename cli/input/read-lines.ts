import { LINE_BYTES_MAX } from './read-json-lines.ts'

/** A line of a text, with its number from 1. */
export type Line = {
  readonly number: number
  /** Without its end; undefined if it is longer than {@link LINE_BYTES_MAX}. */
  readonly text: string | undefined
  /** The characters that end it. */
  readonly end: string
}

/** Reads UTF-8 line by line, many lines at a time. Lines end as the first one does: in LF, CRLF or CR. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter()
  const decoder = new TextDecoder()
  for await (const chunk of chunks) yield splitter.push(decoder.decode(chunk, { stream: true }))
  yield splitter.end()
}

class LineSplitter {
  #separator: '\n' | '\r' | undefined
  #number = 1
  #unfinished = ''
  #isTooLong = false

  push(text: string): Line[] {
    this.#unfinished += text
    this.#separator ??= separatorOf(this.#unfinished)
    const parts = this.#separator === undefined ? [this.#unfinished] : this.#unfinished.split(this.#separator)
    this.#unfinished = parts.pop()!
    const lines = parts.map((part) => this.#take(part, this.#separator!))
    if (this.#unfinished.length > LINE_BYTES_MAX) {
      // The rest of the line is only skipped, so it need not be kept.
      this.#isTooLong = true
      this.#unfinished = ''
    }
    return lines
  }

  end(): Line[] {
    return this.#unfinished === '' && !this.#isTooLong ? [] : [this.#take(this.#unfinished, '')]
  }

  #take(part: string, separator: string): Line {
    const number = this.#number++
    const isTooLong = this.#isTooLong || part.length > LINE_BYTES_MAX
    this.#isTooLong = false
    if (isTooLong) return { number, text: undefined, end: separator }
    return part.endsWith('\r')
      ? { number, text: part.slice(0, -1), end: `\r${separator}` }
      : { number, text: part, end: separator }
  }
}

/** What ends lines. Undefined if that is not decided yet, because a CR at the end may be half of a CRLF. */
function separatorOf(text: string): '\n' | '\r' | undefined {
  const end = /\n|\r(?=[^\n])/.exec(text)?.[0]
  return end === undefined ? undefined : end === '\n' ? '\n' : '\r'
}
