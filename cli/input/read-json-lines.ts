import { InvalidRequestError } from '../../core/errors.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'
import { type JsonLine, parseNdjson } from '../../core/schema/strict-json.ts'

/** Maximum bytes of a line. A document may have 1 MB, and a file with a longer line is probably not JSON Lines. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * Reads one JSON document per line, many lines at a time. An invalid line does not affect others.
 *
 * @throws {InvalidRequestError} if a line is longer than {@link LINE_BYTES_MAX}
 */
export async function* readJsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ImportItem[]> {
  let unfinished: Uint8Array[] = []
  let unfinishedBytes = 0
  let linesBefore = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE)
    if (end === -1) {
      unfinished.push(chunk)
      unfinishedBytes += chunk.length
      if (unfinishedBytes > LINE_BYTES_MAX) throw lineTooLong(linesBefore + 1)
      continue
    }
    const block = Buffer.concat([...unfinished, chunk.subarray(0, end)])
    yield toItems(parseNdjson(block), linesBefore, block.length)
    linesBefore += countLines(block)
    unfinished = [chunk.subarray(end + 1)]
    unfinishedBytes = chunk.length - end - 1
  }
  const block = Buffer.concat(unfinished)
  yield toItems(parseNdjson(block), linesBefore, block.length)
}

function toItems(lines: readonly JsonLine[], linesBefore: number, byteSize: number): ImportItem[] {
  return lines.map((line) => {
    const place = linesBefore + line.line
    return 'error' in line
      ? { place, error: line.error }
      : { place, document: line.value, byteSize: Math.ceil(byteSize / lines.length) }
  })
}

function countLines(block: Uint8Array): number {
  let count = 1
  for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) count++
  return count
}

function lineTooLong(line: number): InvalidRequestError {
  return new InvalidRequestError(
    'line_too_long',
    `line ${line} has more than ${LINE_BYTES_MAX} bytes: is it JSON Lines?`,
  )
}
