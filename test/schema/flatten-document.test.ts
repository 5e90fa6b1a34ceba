import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { addFields, flattenDocument } from '../../core/schema/flatten-document.ts'
import { FIELDS_MAX, type Schema } from '../../core/schema/schema.ts'

const schema = parseSchema({
  fields: {
    title: 'text',
    tags: 'keyword',
    code: { type: 'keyword', normalizer: 'lowercase' },
    year: 'integer',
    size: 'float',
    draft: 'boolean',
    at: 'date',
    raw: 'json',
    open: 'object',
    hidden: { type: 'keyword', index: false },
    author: { type: 'object', fields: { name: 'text', born: 'integer' } },
  },
})

test('values are converted to the types of their fields', () => {
  expect(
    valuesOf(schema, {
      id: '1',
      title: '',
      tags: ['a', 'B'],
      code: 'ÀB',
      year: '9223372036854775807',
      size: -0,
      draft: false,
      at: '2024-02-29T12:00:00+02:00',
      raw: { x: [1, { y: null }] },
      hidden: 'secret',
    }),
  ).toEqual({
    title: [''],
    tags: ['a', 'B'],
    code: ['àb'],
    year: [9223372036854775807n],
    size: [0],
    draft: [false],
    at: [Date.UTC(2024, 1, 29, 10)],
  })
})

test.each([
  { 'author.name': 'Ann', 'author.born': [1900, 1901] },
  { author: { name: 'Ann', born: [1900, 1901] } },
  { author: [{ name: 'Ann', born: 1900 }, { born: [[1901], null] }] },
  { author: { name: 'Ann' }, 'author.born': [1900, [], 1901] },
])('%j flattens like its other spellings', (document) => {
  expect(valuesOf(schema, document)).toEqual({ 'author.name': ['Ann'], 'author.born': [1900, 1901] })
})

test('null and empty arrays give no values', () => {
  expect(
    flattenDocument(schema, { title: null, tags: [], year: [null], author: {}, new: null, newer: [[]] }, 0),
  ).toEqual({
    id: undefined,
    fields: [],
    newFields: [],
    warnings: [],
  })
})

test.each([
  [{ year: 'abc' }, 'field "year": expected an integer from', 'found the string "abc"'],
  [{ year: 1.5 }, 'field "year"', 'found the number 1.5'],
  [{ year: 2 ** 53 }, 'field "year"', 'found the number 9007199254740992'],
  [{ year: '9223372036854775808' }, 'field "year"', 'found the string'],
  [{ title: 7 }, 'field "title": expected a string', 'found the number 7'],
  [{ draft: 'true' }, 'field "draft": expected true or false', 'found the string "true"'],
  [{ at: '2024-02-30' }, 'field "at": expected an ISO 8601 date', 'found the string "2024-02-30"'],
  [{ tags: [{ a: 1 }] }, 'field "tags"', 'found an object'],
  [{ 'tags.a': 1 }, 'field "tags"', 'found an object'],
  [{ author: 'Ann' }, 'field "author": expected an object', 'found the string "Ann"'],
  [{ tags: ['x'.repeat(5_000)] }, 'field "tags"', 'at most 4096 bytes'],
])('%j does not fit a declared field', (document, expected, found) => {
  expect(() => flattenDocument(schema, document, 3)).toThrow(
    expect.objectContaining({
      code: 'invalid_document',
      message: expect.stringMatching(new RegExp(`${quote(expected)}.*${quote(found)}`)),
    }),
  )
})

test('the type of an unknown field is inferred from its first value', () => {
  const { newFields } = flattenDocument(
    schema,
    {
      s: ['x', 1],
      n: 1,
      b: true,
      t: '2024-05-01T10:00:00Z',
      d: '2024-05-01',
      o: { p: [{ 'q.r': 2 }] },
      open: { z: 1 },
    },
    4,
  )

  expect(newFields.map(({ name, type }) => [name, type])).toEqual([
    ['s', 'text'],
    ['n', 'float'],
    ['b', 'boolean'],
    ['t', 'date'],
    ['d', 'text'],
    ['o.p.q.r', 'float'],
    ['open.z', 'float'],
  ])
})

test('a strict schema refuses unknown fields, and a schema that is not dynamic ignores them', () => {
  const strict = parseSchema({ fields: { a: 'text' }, dynamic: 'strict' })
  const closed = parseSchema({ fields: { a: 'text' }, dynamic: false })

  expect(() => flattenDocument(strict, { a: 'x', b: { c: 1 } }, 0)).toThrow(
    expect.objectContaining({ code: 'unknown_field', message: expect.stringContaining('"b.c"') }),
  )
  expect(flattenDocument(strict, { id: 'x', b: null }, 0).fields).toEqual([])
  expect(flattenDocument(closed, { a: 'x', b: { c: 1 } }, 0)).toMatchObject({ newFields: [], warnings: [] })
})

test('a value that does not fit a dynamic field is omitted with one warning', () => {
  const grown = addFields(schema, flattenDocument(schema, { n: 1, o: { p: 1 } }, 0).newFields)

  const flat = flattenDocument(grown, { n: ['x', 2, 'y'], o: 3, 'n.m': 1 }, 7)

  expect(flat.fields.map(({ field, values }) => [field.name, values])).toEqual([['n', [2]]])
  expect(flat.newFields).toEqual([])
  expect(flat.warnings.map((warning) => warning.message)).toEqual([
    'document at position 7, field "n": expected a number, found the string "x"; kept but not indexed',
    'document at position 7, field "o": expected an object, found the number 3; kept but not indexed',
  ])
})

test('names that fields cannot have cause a warning', () => {
  const flat = flattenDocument(schema, { '': 1, 'a..b': [1, 2], ['x'.repeat(300)]: 1 }, 0)

  expect(flat.newFields).toEqual([])
  expect(flat.warnings).toHaveLength(3)
})

test('a field of strings that a document added has keywords and is dynamic', () => {
  const grown = addFields(schema, [{ name: 's', type: 'text', position: 0 }])

  expect(grown.version).toBe(2)
  expect(grown.fields.at(-1)).toMatchObject({ name: 's', number: 12, keywords: true, column: true, dynamic: true })
  expect(addFields(grown, [{ name: 's', type: 'float', position: 0 }])).toBe(grown)
})

test('the first document of a batch decides the type of a field, regardless of the order of new fields', () => {
  const documents = [{ a: 1 }, { a: 'x', b: { c: true } }, { b: 1, 'a.d': 2 }, { 'e.f': 1, e: 2 }]
  const newFields = documents.map((document, position) => flattenDocument(schema, document, position).newFields)

  fc.assert(
    fc.property(fc.shuffledSubarray(newFields, { minLength: newFields.length }), (shuffled) => {
      const grown = addFields(schema, shuffled.flat())

      expect(grown.fields.slice(schema.fields.length).map(({ name, type }) => [name, type])).toEqual([
        ['a', 'float'],
        ['b.c', 'boolean'],
        ['e.f', 'float'],
      ])
      for (const [position, document] of documents.entries()) {
        expect(flattenDocument(grown, document, position).newFields).toEqual([])
      }
    }),
  )
})

test('a document with too many new fields fails and adds none', () => {
  const wide = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i + from}`, i]))
  const empty = parseSchema()

  expect(() => flattenDocument(empty, wide(FIELDS_MAX + 1), 0)).toThrow(
    expect.objectContaining({ code: 'too_many_fields' }),
  )
  const newFields = [wide(600), wide(600, 600), wide(400, 1200)].flatMap(
    (doc, i) => flattenDocument(empty, doc, i).newFields,
  )
  const grown = addFields(empty, newFields)
  expect(grown.fields).toHaveLength(FIELDS_MAX)
  expect(() => flattenDocument(grown, wide(600, 600), 1)).toThrow(expect.objectContaining({ code: 'too_many_fields' }))
  expect(flattenDocument(grown, wide(400, 1200), 2).newFields).toEqual([])
})

test('any JSON object flattens, and has no new fields once its fields are added', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue()), (document) => {
      const empty = parseSchema()
      const grown = addFields(empty, flattenDocument(empty, document, 0).newFields)

      expect(flattenDocument(grown, document, 0).newFields).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('the id is a field only if it is declared', () => {
  const declared = parseSchema({ fields: { id: 'keyword' } })

  expect(flattenDocument(schema, { id: 'x' }, 0)).toMatchObject({ id: 'x', fields: [], newFields: [] })
  expect(valuesOf(declared, { id: 'x' })).toEqual({ id: ['x'] })
})

function valuesOf(of: Schema, document: object): Record<string, unknown> {
  return Object.fromEntries(flattenDocument(of, document, 0).fields.map(({ field, values }) => [field.name, values]))
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
