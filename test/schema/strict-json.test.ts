import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidRequestError } from '../../core/errors.ts'
import { JSON_DEPTH_MAX, JSON_MEMBERS_MAX, measureJson } from '../../core/schema/json-bounds.ts'
import { findJsonProblem } from '../../core/schema/json-scanner.ts'
import { parseJson, parseNdjson } from '../../core/schema/strict-json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

test('valid JSON is parsed like JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t'), (text, space) => {
      fc.pre(!/\d{16}/.test(text))
      const value = JSON.parse(text)

      expect(findJsonProblem(space + text + space)).toBeUndefined()
      expect(parse(space + text + space)).toEqual(value)
    }),
  )
})

test('the scanner refuses exactly what JSON.parse refuses', () => {
  const pieces = fc.constantFrom(...'{}[],:"\\ \n-+.eE01a'.split(''), 'true', 'null', '"a"', '"b":', '\\u00e9', '1.5')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')

      expect(findJsonProblem(text) === undefined).toBe(isJson(text))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['{"a":1,}', 1, 8, 'expected a name in double quotes, found "}"'],
  ['{\n  "a": tru\n}', 2, 8, 'expected a value, found "t"'],
  ['[1 2]', 1, 4, 'expected "," or "]", found "2"'],
  ['{"a" 1}', 1, 6, 'expected ":", found "1"'],
  ['{"a":"b', 1, 8, 'does not end'],
  ['{"é": "\t"}', 1, 8, 'control character U+0009'],
  ['["\\x"]', 1, 3, 'bad escape "\\\\x"'],
  ['', 1, 1, 'expected a value, found the end'],
  ['{} {}', 1, 4, 'expected the end, found "{"'],
])('%j is refused at line %d, column %d', (text, line, column, message) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'bad_json',
      message: expect.stringContaining(message),
      details: expect.objectContaining({ line, column }),
    }),
  )
})

test('the offset of an error counts bytes', () => {
  expect(() => parse('{"é": x}')).toThrow(expect.objectContaining({ details: { line: 1, column: 7, offset: 7 } }))
})

test.each([
  '1e400',
  '-1e309',
  `1${'0'.repeat(309)}`,
  '0.001e312',
  '9007199254740993',
  '-18446744073709551616',
  '1E+0400',
])('the number %s is refused with its place', (number) => {
  expect(() => parse(`{"a": [1, ${number}]}`)).toThrow(
    expect.objectContaining({ code: 'bad_json', details: { line: 1, column: 11, offset: 10 } }),
  )
})

test.each([
  '9007199254740992',
  '-9007199254740991',
  '1.7976931348623157e308',
  '1e-400',
  '0.1234567890123456789',
  '1e22',
])('the number %s is accepted', (number) => {
  expect(parse(`[${number}]`)).toEqual([Number(number)])
})

test('digits in strings are not numbers', () => {
  expect(parse('{"a":"12345678901234567890 1e999","\\"9":1}')).toEqual({ a: '12345678901234567890 1e999', '"9': 1 })
})

test('bad UTF-8 is refused with the offset of the first bad byte', () => {
  expect(() => parseJson(Uint8Array.of(0x22, 0x61, 0xc3, 0x28, 0x22))).toThrow(
    expect.objectContaining({ code: 'bad_utf8', details: { offset: 2 } }),
  )
})

test('__proto__ is an ordinary member, and the last of several equal names counts', () => {
  const value = parse('{"__proto__":{"x":1},"a":1,"a":2}') as Record<string, unknown>

  expect(Object.keys(value)).toEqual(['__proto__', 'a'])
  expect(value.x).toBeUndefined()
  expect(value.a).toBe(2)
})

test('any nesting beyond the limit is refused', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

  expect(() => parse(nested(JSON_DEPTH_MAX))).not.toThrow()
  expect(() => parse(nested(JSON_DEPTH_MAX + 1))).toThrow(expect.objectContaining({ code: 'json_too_deep' }))
  expect(() => parse(nested(100_000))).toThrow(InvalidRequestError)
})

test('an invalid line of NDJSON does not affect other lines', () => {
  const bytes = Buffer.concat([Buffer.from('{"a":1}\r\n\n{"a":\n"'), Buffer.of(0xff), Buffer.from('"\n{"a":2}')])

  const lines = parseNdjson(bytes)

  expect(lines).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 3, error: expect.objectContaining({ code: 'bad_json' }) },
    { line: 4, error: expect.objectContaining({ code: 'bad_utf8', message: expect.stringContaining('line 4') }) },
    { line: 5, value: { a: 2 } },
  ])
})

test('measuring counts values, regardless of white space between them', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const bytes = Buffer.from(JSON.stringify(value, undefined, space))

      expect(measureJson(bytes, 'it', Number.POSITIVE_INFINITY).values).toBe(countValues(value))
    }),
  )
})

test.each([
  ['a list of one too many', [1, [2, '],[{},', 3]], 6],
  ['objects in one another', { a: { b: {} } }, 3],
  ['nothing in a list', [[], {}], 3],
])('%s is refused before it is parsed', (_, value, values) => {
  const text = JSON.stringify(value)

  expect(parseJson(Buffer.from(text), { valuesMax: values })).toEqual(value)
  // The rest is not JSON, but the parser does not run.
  expect(() => parseJson(Buffer.from(`${text}!`), { valuesMax: values - 1 })).toThrow(
    expect.objectContaining({ code: 'json_too_large', details: { limit: 'values', maximum: values - 1 } }),
  )
})

test('the members of one object are limited, the values of one list are not', () => {
  const object = (size: number) => `{${Array.from({ length: size }, (_, i) => `"${i}":0`).join()}}`

  expect(() => parse(object(JSON_MEMBERS_MAX))).not.toThrow()
  expect(() => parse(`[${object(JSON_MEMBERS_MAX + 1)}]`)).toThrow(
    expect.objectContaining({ code: 'json_too_large', message: expect.stringContaining('members') }),
  )
  expect(parse(`[${'0,'.repeat(JSON_MEMBERS_MAX)}0]`)).toHaveLength(JSON_MEMBERS_MAX + 1)
})

test('NDJSON is read up to its limits of lines and values', () => {
  const lines = Buffer.from('[1]\n\n \r\n{\n[1,2]\n')

  expect(parseNdjson(lines, { linesMax: 3, valuesMax: 6 })).toHaveLength(3)
  expect(() => parseNdjson(lines, { linesMax: 2 })).toThrow(expect.objectContaining({ code: 'batch_too_large' }))
  expect(() => parseNdjson(lines, { valuesMax: 5 })).toThrow(expect.objectContaining({ code: 'json_too_large' }))
})

test('a byte order mark is ignored', () => {
  const mark = Buffer.of(0xef, 0xbb, 0xbf)

  expect(parseJson(Buffer.concat([mark, Buffer.from('[1]')]))).toEqual([1])
  expect(parseNdjson(Buffer.concat([mark, Buffer.from('\n1')]))).toEqual([{ line: 2, value: 1 }])
})

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
