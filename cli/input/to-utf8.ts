import { InvalidRequestError } from '../../core/errors.ts'
import { usage } from '../terminal/arguments.ts'

/** Names for `--encoding`, with the decoder's. Latin-1 is read as Windows-1252, which has all its letters. */
const DECODERS: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
}

/** @throws {InvalidRequestError} if the option names no encoding that can be read */
export function readEncoding(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const found = DECODERS[text.toLowerCase()]
  if (found === undefined) throw usage(`--encoding must be one of ${Object.keys(DECODERS).join(', ')}, got "${text}"`)
  return found
}

/**
 * Passes the text of chunks on as UTF-8.
 *
 * @param name of the file, for the error
 * @throws {InvalidRequestError} 'malformed_text' where bytes are no characters of the encoding
 */
export async function* toUtf8(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const encoder = new TextEncoder()
  const decode = (chunk?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }))
    } catch (error) {
      throw new InvalidRequestError('malformed_text', `${name} is not ${encoding}: is --encoding right?`, {
        cause: error,
      })
    }
  }
  for await (const chunk of chunks) yield decode(chunk)
  yield decode()
}
