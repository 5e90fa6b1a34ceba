import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeSchema, extendSchema, parseSchema } from '../../core/schema/declare-schema.ts'
import { findField } from '../../core/schema/find-field.ts'
import { FIELDS_MAX } from '../../core/schema/schema.ts'

test('an empty declaration gives a dynamic schema without fields', () => {
  expect(parseSchema()).toEqual({ version: 1, dynamic: true, fields: [], defaultFields: undefined })
})

test('parsing adds every default', () => {
  expect(parseSchema({ fields: { title: 'text' } }).fields).toEqual([
    {
      number: 0,
      name: 'title',
      type: 'text',
      index: true,
      column: false,
      keywords: false,
      dynamic: false,
      language: 'english',
      stopWords: 'query',
      k1: 1.2,
      b: 0.75,
      normalizer: 'none',
    },
  ])
})

test('objects declare their leaves, like dotted names', () => {
  const nested = parseSchema({
    fields: { a: { type: 'object', fields: { b: 'keyword', c: { fields: { d: 'date' } } } } },
  })
  const dotted = parseSchema({ fields: { 'a.b': 'keyword', 'a.c.d': 'date' } })

  expect(nested).toEqual(dotted)
  expect(nested.fields.map((field) => field.name)).toEqual(['a.b', 'a.c.d'])
})

test('a text field with a column has keywords, and a field that is not indexed has neither column nor keywords', () => {
  const schema = parseSchema({
    fields: { t: { type: 'text', column: true }, n: { type: 'integer', index: false }, j: 'json', o: 'object' },
  })

  expect(schema.fields.map(({ index, column, keywords }) => [index, column, keywords])).toEqual([
    [true, true, true],
    [false, false, false],
    [false, false, false],
    [false, false, false],
  ])
})

test.each([
  [{ fields: { year: 'number' } }, 'invalid_schema', 'field "year": expected a type of text'],
  [{ fields: { year: { type: 'integer', langauge: 'german' } } }, 'invalid_schema', 'no option "langauge"'],
  [
    { fields: { t: { type: 'text', language: 'germann' } } },
    'invalid_schema',
    'expected "language" to be one that Prism knows, such as "german", found the string "germann"',
  ],
  [
    { fields: { t: { type: 'text', b: 2 } } },
    'invalid_schema',
    'expected "b" to be a number from 0 to 1, found the number 2',
  ],
  [{ fields: { t: { type: 'text', stop_words: 'no' } } }, 'invalid_schema', 'query, index, none'],
  [{ fields: { t: 7 } }, 'invalid_schema', 'found the number 7'],
  [
    { fields: { v: { type: 'vector', dimensions: 3 } } },
    'not_supported',
    'type vector is not supported by this version',
  ],
  [{ fields: { p: 'geo_point' } }, 'not_supported', 'geo_point'],
  [{ fields: { 'a..b': 'text' } }, 'invalid_schema', 'no empty part'],
  [{ fields: { '': 'text' } }, 'invalid_schema', 'no empty part'],
  [{ fields: { a: 'text', 'a.b': 'text' } }, 'invalid_schema', '"a" is of type text and has no fields in it'],
  [{ fields: { 'a.b': 'text', a: { fields: { b: 'text' } } } }, 'invalid_schema', 'declared twice'],
  [{ fields: { id: 'integer' } }, 'invalid_schema', 'ids are strings'],
  [{ fields: [] }, 'invalid_schema', 'expected "fields" to be an object'],
  [{ dynamic: 'no' }, 'invalid_schema', '"strict"'],
  [{ feilds: {} }, 'invalid_schema', 'unknown member "feilds"'],
  [{ fields: { title: 'text' }, default_fields: ['titel'] }, 'field_not_found', 'did you mean "title"?'],
  [{ fields: { year: 'integer' }, default_fields: ['year'] }, 'invalid_field', 'of type integer'],
  [{ fields: { t: 'text' }, default_fields: ['t^x'] }, 'invalid_field', 'boost'],
  ['schema', 'invalid_schema', 'expected an object'],
])('%j is refused as %s', (declaration, code, message) => {
  expect(() => parseSchema(declaration)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})

test('the number of fields of a schema is limited', () => {
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'float']))

  expect(parseSchema({ fields: fields(FIELDS_MAX) }).fields).toHaveLength(FIELDS_MAX)
  expect(() => parseSchema({ fields: fields(FIELDS_MAX + 1) })).toThrow(
    expect.objectContaining({ code: 'too_many_fields' }),
  )
})

test('a field may be named __proto__', () => {
  const schema = parseSchema(JSON.parse('{"fields":{"__proto__":"keyword"}}'))

  expect(findField(schema, '__proto__')?.type).toBe('keyword')
  expect(Object.keys(describeSchema(schema).fields!)).toEqual(['__proto__'])
})

test('default fields have boosts', () => {
  const declaration = { fields: { title: 'text', body: 'text' }, default_fields: ['title^2.5', 'body'] }

  const schema = parseSchema(declaration)

  expect(schema.defaultFields).toEqual([
    { name: 'title', boost: 2.5 },
    { name: 'body', boost: 1 },
  ])
  expect(describeSchema(schema)).toEqual({ ...declaration, dynamic: true })
})

test('parsing the description of a schema gives the same schema', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}(\.[a-z]{4}){0,2}$/), declarations), (fields) => {
      const schema = parseSchema({ fields: withoutConflicts(fields), dynamic: 'strict' })

      expect(parseSchema(describeSchema(schema))).toEqual(schema)
    }),
  )
})

test('adding fields makes the next version and keeps the numbers of fields', () => {
  const first = parseSchema({ fields: { a: 'text', b: 'keyword' } })

  const second = extendSchema(first, { fields: { c: 'float', a: 'text' }, default_fields: ['a'] })

  expect(second.version).toBe(2)
  expect(second.fields.map((field) => field.name)).toEqual(['a', 'b', 'c'])
  expect(second.fields[0]).toBe(second.fields[0])
  expect(second.defaultFields).toEqual([{ name: 'a', boost: 1 }])
  expect(first.fields).toHaveLength(2)
})

test('declaring existing fields again changes nothing', () => {
  const schema = parseSchema({ fields: { a: { type: 'text', language: 'german' } } })

  expect(extendSchema(schema, describeSchema(schema))).toBe(schema)
  expect(extendSchema(schema, { fields: { a: 'text' } })).toBe(schema)
})

test('only options that no segment depends on may change', () => {
  const schema = parseSchema({ fields: { a: { type: 'text', language: 'german' }, y: 'integer' } })

  expect(
    extendSchema(schema, { fields: { a: { type: 'text', k1: 0.9, stop_words: 'none' } } }).fields[0],
  ).toMatchObject({
    k1: 0.9,
    stopWords: 'none',
    language: 'german',
  })
  for (const fields of [
    { y: 'text' },
    { a: { type: 'text', language: 'french' } },
    { a: { type: 'text', stop_words: 'index' } },
  ]) {
    expect(() => extendSchema(schema, { fields })).toThrow(expect.objectContaining({ code: 'schema_conflict' }))
  }
  expect(() => extendSchema(schema, { fields: { 'y.x': 'text' } })).toThrow(
    expect.objectContaining({ code: 'invalid_schema' }),
  )
})

const declarations = fc.oneof(
  fc.constantFrom('text', 'keyword', 'integer', 'float', 'boolean', 'date', 'json', 'object'),
  fc.record(
    {
      type: fc.constant('text'),
      index: fc.boolean(),
      column: fc.boolean(),
      language: fc.constantFrom('none', 'german', 'english'),
      stop_words: fc.constantFrom('query', 'index', 'none'),
      k1: fc.constantFrom(0, 0.9, 1.2),
      b: fc.constantFrom(0, 0.75),
      dynamic: fc.boolean(),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constant('keyword'),
      index: fc.boolean(),
      column: fc.boolean(),
      normalizer: fc.constantFrom('none', 'lowercase'),
      dynamic: fc.boolean(),
    },
    { requiredKeys: ['type'] },
  ),
)

/** Drops fields that would lie inside another field. */
function withoutConflicts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, type]) =>
        name !== 'id' &&
        !Object.keys(fields).some((other) => other !== name && name.startsWith(`${other}.`)) &&
        !(type === 'object' && Object.keys(fields).some((other) => other.startsWith(`${name}.`))),
    ),
  )
}
