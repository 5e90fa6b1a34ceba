import { InvalidRequestError } from '../../core/errors.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'
import { parseJson } from '../../core/schema/strict-json.ts'
import { LINE_BYTES_MAX } from './read-json-lines.ts'

const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const LIST_START = 0x5b
const LIST_END = 0x5d
const OBJECT_START = 0x7b
const OBJECT_END = 0x7d

/**
 * Reads JSON documents that may span many lines: the elements of one list, or values one after another. Memory holds one
 * document at a time.
 *
 * This code only finds where documents begin and end; the parser checks the bytes in between.
 */
export async function* readJsonValues(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ImportItem[]> {
  const splitter = new ValueSplitter()
  for await (const chunk of chunks) yield splitter.push(chunk)
  yield splitter.end()
}

class ValueSplitter {
  #line = 1
  #isList: boolean | undefined
  #isClosed = false
  #wantsComma = false
  /** State of the current document: its nesting, whether a string is open, its first line, its bytes so far. */
  #depth = 0
  #inString = false
  #escaped = false
  #startLine = 0
  #pieces: Uint8Array[] = []
  #pieceBytes = 0

  push(chunk: Uint8Array): ImportItem[] {
    const items: ImportItem[] = []
    let start = this.#startLine === 0 ? -1 : 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (byte === NEWLINE) this.#line++
      if (this.#startLine === 0) {
        if (!this.#begins(byte, items)) continue
        start = i
        this.#startLine = this.#line
      }
      const end = this.#endsAt(byte, i)
      if (end === -1) continue
      items.push(this.#take(chunk.subarray(start, end)))
      start = -1
      // The byte that ended a bare word is not part of it.
      if (end === i) this.#begins(byte, items)
    }
    if (start !== -1) this.#keep(chunk.subarray(start))
    return items
  }

  end(): ImportItem[] {
    const items = this.#startLine === 0 ? [] : [this.#take(new Uint8Array())]
    if (this.#isList && !this.#isClosed) items.push(this.#problem('the list is not closed: is the file cut off?'))
    return items
  }

  /** Whether a document begins at this byte, between documents. */
  #begins(byte: number, items: ImportItem[]): boolean {
    if (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf) return false
    if (this.#isList === undefined) {
      this.#isList = byte === LIST_START
      if (this.#isList) return false
    }
    if (this.#isClosed) {
      items.push(this.#problem('the list is closed, but more follows'))
      this.#isList = false
      this.#isClosed = false
    }
    if (!this.#isList) return true
    if (byte === LIST_END) {
      this.#isClosed = true
      return false
    }
    if (byte === COMMA && this.#wantsComma) {
      this.#wantsComma = false
      return false
    }
    if (this.#wantsComma || byte === COMMA)
      items.push(this.#problem(byte === COMMA ? 'a comma too many' : 'a comma is missing'))
    this.#wantsComma = false
    return byte !== COMMA
  }

  /** The end of the current document, given its byte at `i`: after or before that byte, or -1 for not yet. */
  #endsAt(byte: number, i: number): number {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) this.#inString = false
      return this.#inString || this.#depth > 0 ? -1 : i + 1
    }
    if (byte === QUOTE) this.#inString = true
    else if (byte === OBJECT_START || byte === LIST_START) this.#depth++
    else if (byte === OBJECT_END || byte === LIST_END) return this.#closes(i)
    else if (this.#depth === 0 && (byte === COMMA || byte <= 0x20)) return i
    return -1
  }

  #closes(i: number): number {
    // A closing bracket outside the document ends the surrounding list.
    if (this.#depth === 0) return i
    this.#depth--
    return this.#depth === 0 ? i + 1 : -1
  }

  #take(last: Uint8Array): ImportItem {
    this.#keep(last)
    const bytes = Buffer.concat(this.#pieces, this.#pieceBytes)
    const place = this.#startLine
    this.#pieces = []
    this.#pieceBytes = 0
    this.#startLine = 0
    this.#depth = 0
    this.#inString = false
    this.#wantsComma = true
    try {
      return { place, document: parseJson(bytes, { what: 'this document' }), byteSize: bytes.length }
    } catch (error) {
      if (error instanceof InvalidRequestError) return { place, error }
      throw error
    }
  }

  #keep(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    if (this.#pieceBytes <= LINE_BYTES_MAX) return
    const message = `the document at line ${this.#startLine} has more than ${LINE_BYTES_MAX} bytes: is it JSON?`
    throw new InvalidRequestError('document_too_long', message)
  }

  #problem(message: string): ImportItem {
    return { place: this.#line, error: new InvalidRequestError('bad_json', message) }
  }
}
