import { expect, test } from 'vitest'
import { parseSort } from '../../core/query/language/parse-sort.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'

const schema = parseSchema({
  fields: {
    year: 'integer',
    '-odd': 'float',
    title: 'text',
    name: { type: 'text', column: true },
    lone: { type: 'date', column: false },
    kept: 'json',
  },
})

test('score, ids and fields, ascending or descending', () => {
  expect(parseSort(['_score', '-year', 'name', '-odd', '--odd', 'id'], schema)).toEqual([
    { kind: 'score' },
    { kind: 'field', field: 0, descending: true },
    { kind: 'field', field: 3, descending: false },
    { kind: 'field', field: 1, descending: false },
    { kind: 'field', field: 1, descending: true },
    { kind: 'id', descending: false },
  ])
  expect(parseSort([], schema)).toEqual([])
})

test('no key counts after an id, because ids are unique; it is checked all the same', () => {
  expect(parseSort(['id', '-id'], schema)).toEqual([{ kind: 'id', descending: false }])
  expect(parseSort(['_score', '-id', 'year', 'id'], schema)).toEqual([
    { kind: 'score' },
    { kind: 'id', descending: true },
  ])
  expect(() => parseSort(['id', 'yaer'], schema)).toThrow(expect.objectContaining({ code: 'field_not_found' }))
})

test.each([
  [['yaer'], 'field_not_found', 'did you mean "year"?'],
  [['title'], 'field_not_sortable', 'text without a keyword column'],
  [['-lone'], 'field_not_sortable', 'field "lone" has no column; declare it with "column": true'],
  [['kept'], 'field_not_sortable', /field "kept" has no column$/],
  [['-_score'], 'invalid_sort', 'descending already'],
  [['_scor'], 'field_not_found', 'did you mean "_score"?'],
  [['year:desc'], 'field_not_found', 'no field named "year:desc", did you mean "-year"?'],
  [['year asc'], 'field_not_found', 'did you mean "year"?'],
  [['+year'], 'field_not_found', 'did you mean "year"?'],
  [['_score:desc'], 'field_not_found', 'did you mean "_score"?'],
  [['id DESC'], 'field_not_found', 'did you mean "-id"?'],
  [[''], 'invalid_sort', 'found the string ""'],
  [['-'], 'invalid_sort', 'found the string "-"'],
  [[{ year: 'desc' }], 'invalid_sort', 'found an object'],
  ['year', 'invalid_sort', 'expected a list'],
  [Array.from({ length: 17 }, () => 'year'), 'invalid_sort', 'at most 16'],
])('%j is refused as %s', (sort, code, message) => {
  expect(() => parseSort(sort as unknown[], schema)).toThrow(
    expect.objectContaining({
      code,
      message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    }),
  )
})
