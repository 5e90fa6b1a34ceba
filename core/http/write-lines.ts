import type { DocumentError, Engine, WriteAnswer, WriteOptions } from '../engine/engine.ts'
import type { PrismError } from '../errors.ts'
import type { JsonLine } from '../schema/strict-json.ts'

/**
 * Writes the documents of an NDJSON body. An invalid line fails alone, like an invalid document. Positions count only lines
 * that are not blank.
 */
export async function writeLines(
  engine: Engine,
  collection: string,
  lines: readonly JsonLine[],
  options: WriteOptions,
): Promise<WriteAnswer> {
  const good: { readonly position: number; readonly document: unknown }[] = []
  const errors: DocumentError[] = []
  for (const [position, line] of lines.entries()) {
    if ('value' in line) good.push({ position, document: line.value })
    else errors.push(describeBadLine(line.error, line.line, position))
  }
  const documents = good.map((one) => one.document)
  const answer = await engine.writeDocuments(collection, documents, options)
  for (const error of answer.errors) errors.push({ ...error, position: good[error.position]!.position })
  errors.sort((a, b) => a.position - b.position)
  const ids = new Array<string | null>(lines.length).fill(null)
  for (const [i, { position }] of good.entries()) ids[position] = answer.ids[i]!
  return { ...answer, failed: errors.length, errors, ids }
}

function describeBadLine({ code, message, details }: PrismError, line: number, position: number): DocumentError {
  return { position, id: null, error: { code, message, details: { ...details, line } } }
}
