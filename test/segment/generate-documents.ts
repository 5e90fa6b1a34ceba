import fc from 'fast-check'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { Field, FieldValue, FieldValues } from '../../core/fields/field.ts'
import type { Schema } from '../../core/schema/schema.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import { buildSegment, type IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { compareUtf8, encodeUtf8 } from '../../core/utf8.ts'

const DEFAULTS: Omit<Field, 'number' | 'name' | 'type'> = {
  index: true,
  column: true,
  keywords: false,
  dynamic: false,
  language: 'english',
  stopWords: 'query',
  k1: 1.2,
  b: 0.75,
  normalizer: 'none',
}

/** A field of every kind that segments store differently. */
export const FIELDS: readonly Field[] = [
  { ...DEFAULTS, number: 0, name: 'title', type: 'text', keywords: true },
  { ...DEFAULTS, number: 1, name: 'body', type: 'text', column: false, stopWords: 'index' },
  { ...DEFAULTS, number: 2, name: 'kind', type: 'keyword' },
  { ...DEFAULTS, number: 3, name: 'tag', type: 'keyword', column: false },
  { ...DEFAULTS, number: 4, name: 'year', type: 'integer' },
  { ...DEFAULTS, number: 5, name: 'weight', type: 'float' },
  { ...DEFAULTS, number: 6, name: 'draft', type: 'boolean' },
  { ...DEFAULTS, number: 7, name: 'made', type: 'date' },
  { ...DEFAULTS, number: 8, name: 'hidden', type: 'integer', column: false },
  { ...DEFAULTS, number: 9, name: 'texto', type: 'text', language: 'spanish', column: false },
]

export const SCHEMA: Schema = { version: 3, dynamic: false, fields: FIELDS, defaultFields: undefined }

const words = fc.constantFrom(
  ...'run running runs runner the of happy happily happiness wing wings boundary layers layer naïve naive 北京大学 42'.split(
    ' ',
  ),
)
const text = fc.array(words, { maxLength: 12 }).map((list) => list.join(' '))
/** Without accents, some of these words become one form of several terms. */
const spanishWords = fc.constantFrom(
  ...'además ademas francés frances francesa maría maria mar cambió cambio cambios'.split(' '),
)
const spanish = fc.array(spanishWords, { maxLength: 6 }).map((list) => list.join(' '))
const keyword = fc.constantFrom('a', 'b', 'A', 'ä', '😀', '～', '', 'with space', 'x'.repeat(300))
const integer = fc.oneof(fc.integer({ min: 1900, max: 2030 }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
const float = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0))

const VALUES: readonly fc.Arbitrary<FieldValue>[] = [
  text,
  text,
  keyword.filter((value) => value.length <= 256),
  keyword.filter((value) => value.length <= 256),
  integer,
  float,
  fc.boolean(),
  fc.integer({ min: 0, max: 2 ** 41 }),
  fc.nat(),
  spanish,
]

/** Element numbers of the values, if there are any. */
function elementsOf(count: number) {
  return fc.option(fc.array(fc.nat(3), { minLength: count, maxLength: count }), { nil: undefined })
}

const fieldValues = fc
  .tuple(
    ...FIELDS.map((field, i) =>
      fc
        .array(fc.oneof({ arbitrary: VALUES[i]!, weight: 9 }, { arbitrary: VALUES[i]!, weight: 1 }), { maxLength: 3 })
        .chain((values) => fc.tuple(fc.constant(values), elementsOf(values.length)))
        .map(([values, elements]): FieldValues | undefined =>
          values.length === 0 ? undefined : { field, values, ...(elements && { elements }) },
        ),
    ),
  )
  .map((all) => all.filter((values) => values !== undefined))

const id = fc.oneof(
  fc.nat(500).map((n) => `doc-${String(n).padStart(4, '0')}`),
  fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }),
  fc.constantFrom('😀', '～', 'é', 'a/b', '\u0000', 'z'.repeat(200)),
)

/** Documents in id order, with none, one or several values of every kind. */
export const documents: fc.Arbitrary<IndexableDocument[]> = fc
  .uniqueArray(fc.record({ id, fields: fieldValues, size: fc.nat(40) }), { selector: (d) => d.id, maxLength: 40 })
  .map((drafts) => drafts.map(({ id, fields, size }) => ({ id, fields, json: jsonOf(id, size) })))
  .map((list) => list.sort((a, b) => compareUtf8(a.id, b.id)))

/** Loads the analyzers that the tests of this folder need, because building segments is synchronous. */
export async function loadAnalyzers(): Promise<AnalyzerPool> {
  const analyzers = new AnalyzerPool()
  await analyzers.load(['english', 'spanish'])
  return analyzers
}

export function build(
  list: readonly IndexableDocument[],
  analyzers: AnalyzerPool,
  name = '1-test',
): { bytes: Uint8Array; file: SegmentFile } {
  return buildSegment({ schema: SCHEMA, name, documents: list, analyzers })
}

export function memoryStore(): ObjectStore {
  return new MemoryObjectStore({ now: () => 0 })
}

/** Builds a segment into a new store and opens it. */
export async function open(
  list: readonly IndexableDocument[],
  analyzers: AnalyzerPool,
  name = '1-test',
): Promise<{ store: ObjectStore; reader: SegmentReader; bytes: Uint8Array; file: SegmentFile }> {
  const { bytes, file } = build(list, analyzers, name)
  const store = memoryStore()
  await store.put(segmentKey('c/u/s/0/', { name }), bytes)
  return { store, reader: await openSegment(store, 'c/u/s/0/', file), bytes, file }
}

/** Documents with every kind of field; a thousand or more have frequent terms and long position lists. */
export function manyDocuments(count: number): IndexableDocument[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `doc-${String(i).padStart(5, '0')}`
    const values = [
      [`the Wings of aircraft ${i}`, 'running fast'],
      [`boundary layer ${'flow '.repeat(i % 40)}`],
      [i % 2 === 0 ? 'even' : 'odd'],
      ['tagged'],
      [1900 + (i % 100), 2n ** 60n],
      [i / 3],
      [i % 3 === 0],
      [i * 1_000_000],
      [i],
      ['además frances'],
    ]
    const fields = FIELDS.map((field, f) => ({ field, values: values[f]!, ...(i % 7 === 0 && { elements: [0, i] }) }))
      .map(({ elements, ...one }) => (elements?.length === one.values.length ? { ...one, elements } : one))
      .filter((_, f) => (i + f) % 4 !== 0)
    return { id, fields, json: encodeUtf8(JSON.stringify({ id, n: i })) }
  })
}

function jsonOf(id: string, size: number): Uint8Array {
  return encodeUtf8(JSON.stringify({ id, filler: 'some words that compress '.repeat(size) }))
}
