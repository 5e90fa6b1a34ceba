import { expect, test } from 'vitest'
import {
  checkDocument,
  checkId,
  DOCUMENT_BYTES_MAX,
  DOCUMENT_DEPTH_MAX,
  encodeDocument,
} from '../../core/schema/check-document.ts'

test.each(['a', 'a/b', '../x', '\u0000\n', '😀', ' ', '__proto__', 'é'.repeat(256)])('%j is an id', (id) => {
  expect(checkId(id)).toBe(id)
})

test.each(['', 'x'.repeat(513), 'é'.repeat(257), '\ud800', 'a\udc00b', 5.5, 2 ** 53, 1e300, {}, ['a'], true])(
  '%j is no id',
  (id) => {
    expect(() => checkDocument({ id })).toThrow(expect.objectContaining({ code: 'invalid_id' }))
  },
)

test.each([
  [5, '5'],
  [-5, '-5'],
  [-0, '0'],
  [1e3, '1000'],
  [2 ** 53 - 1, '9007199254740991'],
])('the id %j is the text %j', (id, text) => {
  expect(checkId(id)).toBe(text)
  expect(checkDocument({ a: 1, id })).toEqual({ id: text, document: { a: 1, id: text } })
})

test('an integer that a number cannot hold exactly is no id, and the error says how to write it', () => {
  expect(() => checkId(2 ** 53)).toThrow('integers as ids have at most 53 bits, found 9007199254740992: write larger')
})

test('a document has no id if its id is absent or null', () => {
  expect(checkDocument({ a: 1 }).id).toBeUndefined()
  expect(checkDocument({ id: null }).id).toBeUndefined()
  expect(text(encodeDocument('7', { id: null, a: 1 }))).toBe('{"id":"7","a":1}')
  expect(text(encodeDocument('7', { a: 1 }))).toBe('{"id":"7","a":1}')
  expect(text(encodeDocument('7', { a: 1, id: '7' }))).toBe('{"a":1,"id":"7"}')
})

test.each([[null], [[]], ['x'], [5], [undefined]])('%j is no document', (document) => {
  expect(() => checkDocument(document)).toThrow(expect.objectContaining({ code: 'invalid_document' }))
})

test.each([
  [{ a: { b: [Number.NaN] } }, '"a.b[0]"'],
  [{ a: 5n }, '"a"'],
  [{ a: new Date(0) }, 'found a Date'],
  [{ a: new Map() }, 'found a Map'],
  [{ a: () => 1 }, '"a"'],
])('a value that is not JSON is refused with its place: %#', (document, message) => {
  expect(() => checkDocument(document)).toThrow(
    expect.objectContaining({ code: 'invalid_document', message: expect.stringContaining(message) }),
  )
})

test('nesting of a document is limited, and a cycle exceeds the limit', () => {
  const nested = (depth: number): unknown => (depth === 1 ? {} : { a: nested(depth - 1) })
  const cycle: Record<string, unknown> = {}
  cycle.self = [cycle]

  expect(() => checkDocument(nested(DOCUMENT_DEPTH_MAX))).not.toThrow()
  expect(() => checkDocument(nested(DOCUMENT_DEPTH_MAX + 1))).toThrow(
    expect.objectContaining({ code: 'invalid_document' }),
  )
  expect(() => checkDocument(cycle)).toThrow(expect.objectContaining({ code: 'invalid_document' }))
})

test('the size of a document is limited', () => {
  const overhead = '{"id":"1","a":""}'.length

  expect(encodeDocument('1', { a: 'x'.repeat(DOCUMENT_BYTES_MAX - overhead) })).toHaveLength(DOCUMENT_BYTES_MAX)
  expect(() => encodeDocument('1', { a: 'x'.repeat(DOCUMENT_BYTES_MAX - overhead + 1) })).toThrow(
    expect.objectContaining({ code: 'document_too_large' }),
  )
})

test('a member named __proto__ is stored unchanged', () => {
  const { document } = checkDocument(JSON.parse('{"__proto__":{"id":"evil"},"id":null}'))

  expect(text(encodeDocument('1', document))).toBe('{"__proto__":{"id":"evil"},"id":"1"}')
})

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
