import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InvalidRequestError } from '../../core/errors.ts'
import type { Terminal } from '../terminal/command.ts'
import { explainFile } from './file-failure.ts'
import { requireUtf8 } from './require-utf8.ts'
import { toUtf8 } from './to-utf8.ts'

/** Bytes per read. */
const CHUNK_BYTES = 256 * 1024
const STDIN = 'standard input'

/** One file of an import, or standard input. */
export type Input = {
  /** The name that the user gave; `-` is standard input. */
  readonly name: string
  /** Size as stored, compressed or not; undefined if unknown. */
  readonly byteSize: number | undefined
  /**
   * The text as UTF-8, decompressed if it is gzip, whatever the name. Ends early when the terminal's signal is aborted.
   *
   * @throws {InvalidRequestError} 'malformed_gzip', 'not_utf8', 'malformed_text'
   */
  readonly chunks: () => AsyncGenerator<Uint8Array>
}

/**
 * Opens the input of an import, without reading it yet.
 *
 * @param onRead called with the bytes of the file as they are read
 * @param encoding of the text, for a decoder. Default: UTF-8
 * @throws {NotFoundError} if the file does not exist
 */
export async function openInput(
  name: string,
  terminal: Terminal,
  onRead: (bytes: number) => void,
  encoding?: string,
): Promise<Input> {
  if (name === '-') return { name: STDIN, byteSize: undefined, chunks: () => textOf(STDIN, terminal.in) }
  const byteSize = await sizeOf(name)
  return { name, byteSize, chunks: () => textOf(name, createReadStream(name, { highWaterMark: CHUNK_BYTES })) }

  async function* textOf(shown: string, stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      const bytes = unpack(shown, read(stream))
      yield* encoding === undefined || encoding === 'utf-8' ? requireUtf8(shown, bytes) : toUtf8(shown, bytes, encoding)
    } catch (error) {
      // What an aborted stream ends with is no fault of the file.
      if (!terminal.signal.aborted) throw explainFile(shown, error)
    }
  }

  async function* read(stream: Readable): AsyncGenerator<Uint8Array> {
    const stop = (): void => void stream.destroy()
    terminal.signal.addEventListener('abort', stop)
    try {
      for await (const chunk of stream) {
        onRead(chunk.length)
        yield chunk
      }
    } finally {
      terminal.signal.removeEventListener('abort', stop)
    }
  }
}

async function sizeOf(name: string): Promise<number> {
  const facts = await stat(name).catch((error: unknown) => {
    throw explainFile(name, error)
  })
  if (!facts.isDirectory()) return facts.size
  throw new InvalidRequestError('not_a_file', `${name} is a folder: name the files in it`)
}

async function* unpack(name: string, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next()
  if (first.done) return
  const whole = prepend(first.value, chunks)
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* whole
    return
  }
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  // The error is thrown where the chunks are read.
  pipeline(Readable.from(whole), unpacked, () => {})
  try {
    yield* unpacked
  } catch (error) {
    throw new InvalidRequestError('malformed_gzip', `${name} is damaged or cut off: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
