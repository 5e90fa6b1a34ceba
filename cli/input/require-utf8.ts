import { isUtf8 } from 'node:buffer'
import { InvalidRequestError } from '../../core/errors.ts'

/** First bytes that name an encoding, longest first, with its name. */
const MARKS: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xff, 0xfe, 0, 0], 'UTF-32'],
  [[0, 0, 0xfe, 0xff], 'UTF-32'],
  [[0xff, 0xfe], 'UTF-16LE'],
  [[0xfe, 0xff], 'UTF-16BE'],
]
const NEWLINE = 0x0a
/** Bytes that the encoding is guessed from. */
const SAMPLE_BYTES = 4_096

/**
 * Passes chunks on while they are UTF-8. Otherwise characters would be replaced without notice.
 *
 * @param name of the file, for the error
 * @throws {InvalidRequestError} 'not_utf8' before the first chunk that is not UTF-8 is passed on
 */
export async function* requireUtf8(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let line = 1
  let unfinished: Uint8Array = new Uint8Array()
  let isFirst = true
  for await (const chunk of chunks) {
    const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk])
    const encoding = isFirst ? encodingOfStart(bytes) : undefined
    if (encoding !== undefined) throw notUtf8(name, 'it looks like', encoding)
    const end = bytes.length - unfinishedBytes(bytes)
    const whole = bytes.subarray(0, end)
    if (!isUtf8(whole)) throw wrongBytes(name, whole, line)
    line += countLines(whole)
    unfinished = bytes.subarray(end)
    isFirst = false
    yield whole
  }
  if (unfinished.length > 0) throw wrongBytes(name, unfinished, line)
}

/** The encoding that a mark names, or UTF-16 without a mark: every second byte of ASCII text is then zero. */
function encodingOfStart(bytes: Uint8Array): string | undefined {
  const marked = MARKS.find(([mark]) => mark.every((byte, i) => bytes[i] === byte))
  if (marked) return marked[1]
  if (bytes.length < 4) return undefined
  if (bytes[0] === 0 && bytes[1] !== 0 && bytes[2] === 0) return 'UTF-16BE'
  return bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0 ? 'UTF-16LE' : undefined
}

/** Bytes at the end that begin a character which the next chunk may complete. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return back < length ? back : 0
  }
  return 0
}

function wrongBytes(name: string, bytes: Uint8Array, linesBefore: number): InvalidRequestError {
  if (bytes.includes(0)) return new InvalidRequestError('not_utf8', `${name} is not a text file`)
  const at = firstWrong(bytes)
  // Windows-1252 has characters in this range, where Latin-1 has only control characters.
  const isWindows = bytes.subarray(at, at + SAMPLE_BYTES).some((byte) => byte >= 0x80 && byte < 0xa0)
  const found = `byte 0x${bytes[at]!.toString(16).toUpperCase()} in line ${linesBefore + countLines(bytes.subarray(0, at))}`
  return notUtf8(name, `${found}; it may be`, isWindows ? 'WINDOWS-1252' : 'ISO-8859-1')
}

/** Position of the first byte that belongs to no character, by bisection: a start of UTF-8 is UTF-8 but for its last character. */
function firstWrong(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const start = bytes.subarray(0, middle)
    if (isUtf8(start.subarray(0, middle - unfinishedBytes(start)))) good = middle
    else bad = middle
  }
  // The last character of the good start may be one that the next byte breaks.
  return good - unfinishedBytes(bytes.subarray(0, good))
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}

function notUtf8(name: string, why: string, encoding: string): InvalidRequestError {
  const shown = encoding === 'ISO-8859-1' ? `${encoding} (Latin-1)` : encoding
  const option = encoding === 'ISO-8859-1' ? 'latin1' : encoding.toLowerCase()
  const remedy =
    encoding === 'UTF-32' ? `convert it first: iconv -f ${encoding} -t utf-8` : `import it with --encoding ${option}`
  return new InvalidRequestError('not_utf8', `${name} is not UTF-8: ${why} ${shown}; ${remedy}`)
}
