import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'
import { createApp } from '../../core/http/create-app.ts'
import { bindCollection } from '../../core/open/collection.ts'
import { open, type Prism, PrismError, type TypedCollection } from '../../core/open/open.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'

// One suite for both openings: each call is made in this process and through a server, and must end alike, down to the
// message. The engine in this process keeps its data in memory, because a folder would only make the suite slower.

type Collection = TypedCollection<Record<string, unknown>>
type Call = (books: Collection) => unknown

type Opening = { readonly collection: (name: string) => Collection }

let near: Opening
let far: Prism
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  const [one, two] = [openMemoryEngine(), openMemoryEngine()]
  const server = await listen(createApp(two).fetch, { host: '127.0.0.1', port: 0 })
  near = { collection: (name) => bindCollection(one, name) }
  far = await open({ url: server.address })
  closing.push(one.close, () => far.close(), server.close, two.close)
})
afterAll(async () => {
  for (const close of closing) await close()
})

class Book {
  title = 'sea'
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) }
}

function cyclic(): object {
  const self: Record<string, unknown> = {}
  self.self = self
  return self
}

/** What JSON cannot express, and what JSON.stringify makes of it: something else, or an error. */
const NOT_JSON: readonly (readonly [what: string, value: unknown])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a BigInt', 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['a Date', new Date(0)],
  ['a Set', new Set([1])],
  ['a Map', new Map([['a', 1]])],
  ['a RegExp', /a/],
  ['a boxed number', Object(1)],
  ['bytes', Buffer.from('a')],
  ['an object of a class', new Book()],
  ['an object with toJSON', { toJSON: () => 1 }],
  ['a URL', new URL('http://a.example')],
  ['an Error', new Error('a')],
  ['a list with NaN inside', [1, [Number.NaN]]],
  ['an object with a Set inside', { a: { b: new Set() } }],
  ['65 levels', nested(65)],
  ['101 levels', nested(101)],
  ['a circle', cyclic()],
]

/** What looks unusual and is JSON, or becomes the same JSON everywhere. */
const JSON_ALIKE: readonly (readonly [what: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a list with undefined', [1, undefined]],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ['an object with undefined inside', { a: undefined, b: 1 }],
  ['-0', -0],
  ['2^53', 2 ** 53],
  ['2^60', 2 ** 60],
  ['-(2^53 + 2)', -(2 ** 53) - 2],
  ['1e20', 1e20],
  ['1e21', 1e21],
  ['5e-324', 5e-324],
  ['0.12345678901234568', 0.12345678901234568],
  ['the text "12345678901234567890"', '12345678901234567890'],
  ['a text of quotes, backslashes and digits', '\\"1234567890123456789\\'],
  ['__proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ['half a surrogate pair', '\ud83d'],
  ['64 levels', nested(62)],
]

const CALLS: readonly (readonly [what: string, call: (value: unknown) => Call])[] = [
  ['add', (value) => (books) => books.add([{ id: 'a' }, { id: 'b', n: value }, { id: 'c', n: 1 }])],
  ['add, alone', (value) => (books) => books.add([{ id: 'b', n: value }])],
  ['add, as the document', (value) => (books) => books.add([value as never])],
  ['add, as the id', (value) => (books) => books.add([{ id: 'a' }, { id: value as never, n: 1 }])],
  ['add, atomic', (value) => (books) => books.add([{ id: 'a' }, { id: 'b', n: value }, 5 as never], { atomic: true })],
  ['write', (value) => (books) => books.write([{ put: { id: 'b', n: value } }, { put: { id: 'd' } }])],
  ['write, a patch', (value) => (books) => books.write([{ patch: { n: value }, id: 'kept' }, { delete: 'd' }])],
  ['write, a bad condition', (value) => (books) => books.write([{ put: { id: 'b', n: value }, if_version: '?' }])],
  [
    'write, atomic',
    (value) => (books) => books.write([{ delete: 'd' }, { patch: { n: value }, id: 'kept' }], { atomic: true }),
  ],
  ['write, as the document', (value) => (books) => books.write([{ put: value as never }])],
  ['put', (value) => (books) => books.put('b', { n: value })],
  ['put, as the document', (value) => (books) => books.put('b', value as never)],
  ['put on a condition', (value) => (books) => books.put('new', { n: value }, { if_absent: true })],
  ['patch', (value) => (books) => books.patch('kept', { n: value as never })],
  ['patch, as the patch', (value) => (books) => books.patch('kept', value as never)],
  ['updateWhere', (value) => (books) => books.updateWhere({ id: 'kept' }, { n: value as never })],
  ['updateWhere, the id', (value) => (books) => books.updateWhere({ id: 'kept' }, { id: value as never })],
  ['updateWhere, the filter', (value) => (books) => books.updateWhere({ n: value as never }, { m: 1 })],
  ['deleteWhere', (value) => (books) => books.deleteWhere({ n: value })],
  ['deleteWhere, an operator', (value) => (books) => books.deleteWhere({ n: { lt: value } })],
  ['search', (value) => (books) => books.search({ filter: { n: { in: [1, value] } } as never })],
  ['count', (value) => (books) => books.count({ filter: { not: { n: value } } as never })],
  ['import', (value) => (books) => books.import([{ id: 'a' }, { id: 'b', n: value }])],
  ['import, as the document', (value) => (books) => books.import([value as never, { id: 'b' }])],
  ['update, a field', (value) => (books) => books.update({ schema: { fields: { o: value as never } } })],
]

test.each(CALLS)('%s ends alike in this process and through a server, with any value', async (_, call) => {
  for (const { collection } of [near, far]) {
    await collection('books')
      .drop()
      .catch(() => {})
    await collection('books').add([{ id: 'kept', n: 1 }])
  }
  for (const [what, value] of [...NOT_JSON, ...JSON_ALIKE]) {
    const [here, there] = [await endsWith(near, call(value)), await endsWith(far, call(value))]

    expect(there, what).toEqual(here)
  }
})

describe.each(['near', 'far'])('%s', (which) => {
  const fresh = async (): Promise<Collection> => {
    const books = (which === 'near' ? near : far).collection('refusing')
    await books.drop().catch(() => {})
    await books.add([{ id: 'kept', n: 1 }])
    return books
  }

  test.each(NOT_JSON)('%s fails its document alone, in the promise, and nothing else is stored', async (_, value) => {
    const books = await fresh()
    const written = books.add([{ id: 'a', n: value }, { id: 'b' }])

    expect(written).toBeInstanceOf(Promise)
    expect(await written).toMatchObject({
      indexed: 1,
      failed: 1,
      errors: [{ position: 0, id: 'a', error: { code: 'invalid_document' } }],
    })
    expect(await books.import([{ id: 'a', n: value }, { id: 'c' }])).toEqual({ indexed: 1, failed: 1 })
    await expect(books.put('a', { n: value })).rejects.toMatchObject({ code: 'invalid_document' })
    await expect(books.patch('kept', { n: value as never })).rejects.toMatchObject({ code: 'invalid_document' })
    await expect(books.updateWhere({}, { n: value as never })).rejects.toMatchObject({ code: 'invalid_document' })
    expect((await books.list()).documents).toEqual([{ id: 'b' }, { id: 'c' }, { id: 'kept', n: 1 }])
  })

  test.each([...NOT_JSON, ['undefined', undefined] as const])('%s in a filter deletes nothing', async (_, value) => {
    const books = await fresh()

    for (const filter of [{ n: value }, { n: { gte: value } }, { or: [{ n: value }] }, { not: { n: value } }]) {
      await expect(books.deleteWhere(filter)).rejects.toMatchObject({ name: 'InvalidRequestError' })
    }
    expect((await books.count()).count).toBe(1)
  })

  test('large integers are stored as the doubles that they are', async () => {
    const books = await fresh()
    const numbers = { a: 2 ** 60, b: -(2 ** 53) - 2, c: 1e20, d: '12345678901234567890', e: '\\"1234567890123456789' }
    await books.put('a', numbers)

    expect(await books.get('a')).toEqual({ id: 'a', ...numbers })
  })
})

/** How a call ends: its answer or its error, and what is stored then. */
async function endsWith(prism: Opening, call: Call): Promise<unknown> {
  const books = prism.collection('books')
  const called = (async () => call(books))()
  const ended = await called.then(
    (answer) => ({ answer: withoutChance(answer) }),
    (error: unknown) => {
      expect(error).toBeInstanceOf(PrismError)
      const { name, code, message, details } = error as PrismError
      return { name, code, message, details: withoutChance(details) }
    },
  )
  const { documents } = await books.list({ consistency: 'strong' })
  return { ended, stored: documents.map((document) => JSON.stringify(withoutChance(document))).sort() }
}

/** Without what differs between two equal calls: names made by chance, versions of documents with such names, and times. */
function withoutChance(value: unknown): unknown {
  const hidden = new Set(['session', 'took_ms', 'cost', 'snapshot', 'created_at', 'bytes'])
  const isMade = (id: unknown): boolean => typeof id === 'string' && /^[a-z0-9]{26}$/.test(id)
  const text = JSON.stringify(value, (key, inner) => {
    if (hidden.has(key)) return `some ${key}`
    if (isMade(inner?.id)) return { ...inner, id: 'made', version: 'made' }
    return isMade(inner) ? 'made' : inner
  })
  return JSON.parse(text ?? 'null')
}
