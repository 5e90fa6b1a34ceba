import type { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { Field, FieldNumber } from '../../core/fields/field.ts'
import type { Schema } from '../../core/schema/schema.ts'

/** A word and its position; stop words that are not indexed are omitted. */
export type Word = { readonly form: string; readonly term: string; readonly position: number }

export type OracleValue = string | number | bigint | boolean

/** A document flattened the slow and obvious way. */
export type OracleDocument = {
  readonly id: string
  readonly words: ReadonlyMap<FieldNumber, readonly Word[]>
  /** All values that fit the field. */
  readonly values: ReadonlyMap<FieldNumber, readonly OracleValue[]>
  /** Values that filters and sorting compare. */
  readonly exact: ReadonlyMap<FieldNumber, readonly OracleValue[]>
}

const VALUE_GAP = 100

export function flatten(schema: Schema, document: object, analyzers: Pick<AnalyzerPool, 'get'>): OracleDocument {
  const leaves: [path: string, value: unknown][] = []
  collect(document, '', leaves)
  const words = new Map<FieldNumber, readonly Word[]>()
  const values = new Map<FieldNumber, readonly OracleValue[]>()
  const exact = new Map<FieldNumber, readonly OracleValue[]>()
  for (const field of schema.fields) {
    if (!field.index) continue
    const own = leaves.flatMap(([path, value]) => (path === field.name ? convert(field, value) : []))
    if (own.length === 0) continue
    values.set(field.number, own)
    if (field.type === 'text') words.set(field.number, wordsOf(field, own as string[], analyzers))
    if (field.type !== 'text') exact.set(field.number, own)
    else if (field.keywords)
      exact.set(
        field.number,
        own.filter((value) => Buffer.byteLength(value as string) <= 256),
      )
  }
  return { id: String((document as { id?: unknown }).id), words, values, exact }
}

function collect(value: unknown, path: string, into: [string, unknown][]): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) for (const element of value) collect(element, path, into)
  else if (typeof value === 'object') {
    for (const [member, inner] of Object.entries(value))
      collect(inner, path === '' ? member : `${path}.${member}`, into)
  } else into.push([path, value])
}

/** @returns the value in a list, or an empty list if it does not fit */
function convert(field: Field, value: unknown): OracleValue[] {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' ? [value] : []
    case 'keyword':
      if (typeof value !== 'string') return []
      return [field.normalizer === 'lowercase' ? value.toLowerCase() : value]
    case 'integer':
      if (typeof value === 'string') return [BigInt(value)]
      return typeof value === 'number' && Number.isInteger(value) ? [value] : []
    case 'float':
      return typeof value === 'number' ? [value] : []
    case 'boolean':
      return typeof value === 'boolean' ? [value] : []
    case 'date':
      return typeof value === 'string' ? [Date.parse(value)].filter((ms) => !Number.isNaN(ms)) : [value as number]
    default:
      return []
  }
}

function wordsOf(field: Field, texts: readonly string[], analyzers: Pick<AnalyzerPool, 'get'>): Word[] {
  const words: Word[] = []
  let base = 0
  for (const text of texts) {
    const tokens = analyzers.get(field.language).analyze(text)
    for (const { form, term, position, stopWord } of tokens) {
      if (stopWord && field.stopWords === 'index') continue
      words.push({ form, term, position: base + position })
    }
    if (tokens.length > 0) base += tokens.at(-1)!.position + VALUE_GAP
  }
  return words
}
