import type { Clock } from '../../clock.ts'
import { encodeUtf8 } from '../../utf8.ts'
import type { Holding } from './request-memory.ts'

/** Milliseconds without progress after which an answer and its connection are ended. */
export const ANSWER_IDLE_MS_MAX = 30_000
/** Characters of JSON per chunk. An answer of one chunk fits into the buffers of a connection. */
const CHUNK_CHARACTERS = 64 * 1024
/** Chunks after which other requests get a turn: some milliseconds of work. */
const CHUNKS_A_TURN = 8

/**
 * Encodes an answer as JSON: a string if it is short, otherwise chunks of bytes, which count towards `held`. A long answer
 * is never one string, because 1,000 documents of 1 MB exceed the maximum length of a string.
 *
 * @throws {UnavailableError} 'overloaded' if too many bytes of answers are waiting for clients
 */
export async function jsonOfAnswer(value: unknown, held: Holding): Promise<string | Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let text = ''
  const flush = (): void => {
    const chunk = encodeUtf8(text)
    held.take(chunk.length)
    chunks.push(chunk)
    text = ''
  }
  for (const piece of pieces(value)) {
    text += piece
    if (text.length < CHUNK_CHARACTERS) continue
    flush()
    if (chunks.length % CHUNKS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  if (chunks.length === 0) return text
  flush()
  return chunks
}

/** Yields the JSON of an object member by member, and of its lists element by element. */
function* pieces(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return yield JSON.stringify(value)
  let separator = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    yield `${separator}${JSON.stringify(name)}:`
    if (Array.isArray(member)) yield* elements(member)
    else yield JSON.stringify(member)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}

function* elements(list: readonly unknown[]): Generator<string> {
  let separator = '['
  for (const element of list) {
    yield separator + (JSON.stringify(element) ?? 'null')
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

/**
 * Sends chunks as fast as the client reads them. Releases a chunk when the next one is requested, and the rest at the end,
 * even if the client disconnects or reads nothing for {@link ANSWER_IDLE_MS_MAX}.
 *
 * @param chunks emptied by this call
 */
export function streamChunks(chunks: Uint8Array[], held: Holding, clock: Clock): ReadableStream<Uint8Array> {
  let taken = new AbortController()
  let underWay = 0
  const end = (): void => {
    taken.abort()
    chunks.length = 0
    held.release()
  }
  const cutWhenIdle = (controller: ReadableStreamDefaultController): Promise<void> =>
    clock.sleep(ANSWER_IDLE_MS_MAX, taken.signal).then(() => {
      end()
      controller.error(new Error(`a client took nothing of its answer for ${ANSWER_IDLE_MS_MAX / 1000} s`))
    })
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken.abort()
        held.give(underWay)
        const chunk = chunks.shift()
        underWay = chunk?.length ?? 0
        if (chunk === undefined) return controller.close()
        controller.enqueue(chunk)
        taken = new AbortController()
        cutWhenIdle(controller).catch(() => undefined)
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
