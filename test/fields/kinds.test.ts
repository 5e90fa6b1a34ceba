import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Field, FieldValue } from '../../core/fields/field.ts'
import { addKind, fieldTypes, kindOf } from '../../core/fields/kinds.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import type { Finding } from '../../core/segment/scrub/scrub-finding.ts'
import { scrubSegment } from '../../core/segment/scrub/scrub-segment.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { build, loadAnalyzers, memoryStore } from '../segment/generate-documents.ts'

const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: fc.string(),
  keyword: fc.string({ maxLength: 1_000 }),
  integer: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  date: fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
  ),
}
const fieldOf = (type: string): Field => parseSchema({ fields: { f: type } }).fields[0]!
/** A value as a column holds it. */
const stored = (value: FieldValue) => (typeof value === 'boolean' ? Number(value) : value)

test.each(Object.keys(VALUES))('stored %s values are described as documents may have them', (type) => {
  const { convert, describe, readOperand } = kindOf({ type })
  const field = fieldOf(type)

  fc.assert(
    fc.property(VALUES[type]!, (value) => {
      const converted = convert!(field, value)
      expect(converted).toBeDefined()
      const described = describe(stored(converted!))
      expect(convert!(field, described)).toEqual(converted)
      expect(readOperand(field, described)).toEqual(converted)
    }),
  )
})

test('every kind converts, compares and describes values of JSON without an error', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fieldTypes()), fc.jsonValue(), (type, value) => {
      const { convert, describe, readOperand } = kindOf({ type })
      const converted = convert?.(fieldOf(type), value)
      if (converted !== undefined) expect(describe(stored(converted))).toBeDefined()
      readOperand(fieldOf(type), value)
    }),
    {
      examples: fieldTypes().flatMap((type) =>
        [null, [], {}, ''].map((value): [string, typeof value] => [type, value]),
      ),
    },
  )
})

test('an error names a kind of a newer version, and no kind can be added twice', () => {
  expect(() => kindOf({ type: 'vector' })).toThrow('"vector" need a newer version')
  expect(() => addKind(kindOf({ type: 'date' }))).toThrow('no kind of field is named date yet')
})

test('an added kind is known until it is removed', () => {
  const before = fieldTypes()
  const removeKind = addKind({ ...kindOf({ type: 'date' }), type: 'day' })
  expect(fieldTypes()).toEqual([...before, 'day'])

  removeKind()
  expect(fieldTypes()).toEqual(before)
})

test('scrub finds values in columns that no document can have', async () => {
  const { fields } = parseSchema({ fields: { year: 'integer', weight: 'float', draft: 'boolean', made: 'date' } })
  const documentOf = (id: string, values: readonly FieldValue[]) => ({
    id,
    json: encodeUtf8(JSON.stringify({ id })),
    fields: fields.map((field, i) => ({ field, values: [values[i]!] })),
  })
  const documents = [documentOf('a', [1999, 0.5, true, 0]), documentOf('b', [0.5, Number.POSITIVE_INFINITY, 2, 9e15])]
  const { bytes, file } = build(documents, await loadAnalyzers())
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const entry = {
    ...file,
    deletedCount: 0,
    tombstones: undefined,
    liveFieldTotals: file.fieldTotals,
    liveChecksum: file.checksum,
  }

  const found: Finding[] = []
  const find = (finding: Finding) => found.push(finding)
  await scrubSegment({ store, prefix: 'p/', entry, tombstones: undefined, find, advance: () => {}, signal: undefined })

  expect(found).toEqual(
    [
      ['0.5', kindOf({ type: 'integer' }).expected],
      ['Infinity', 'a number'],
      ['2', 'true or false'],
      ['9000000000000000', kindOf({ type: 'date' }).expected],
    ].map(([value, expected], field) => ({
      section: `column of field ${field}`,
      found: `${value} of document 1`,
      expected,
    })),
  )
})
