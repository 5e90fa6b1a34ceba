import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, type Json, newName } from './client.ts'

async function write(call: Call, name: string, ...documents: Json[]) {
  return (await call('POST', `/collections/${name}/documents`, { documents })).body
}

export function describeSchemas(call: Call): void {
  const create = (fields: Json, rest: Json = {}) =>
    call('PUT', `/collections/${newName()}`, { schema: { fields, ...rest } })

  describe('schema', () => {
    test('every type of the contract can be declared', async () => {
      const fields = {
        a: 'text',
        b: 'keyword',
        c: { type: 'keyword', normalizer: 'lowercase' },
        d: 'integer',
        e: 'float',
        f: 'boolean',
        g: 'date',
        h: { type: 'object', fields: { i: 'text' } },
        j: 'json',
        k: { type: 'text', language: 'german', stop_words: 'index', k1: 0.9, b: 0.4 },
        l: { type: 'text', index: false },
        m: { type: 'integer', column: false },
      }

      expect((await create(fields)).status).toBe(201)
    })

    test('vectors and places are not supported yet, and say so', async () => {
      expectError(await create({ v: { type: 'vector', dimensions: 3, metric: 'cosine' } }), 400, 'not_supported')
      expectError(await create({ p: 'geo_point' }), 400, 'not_supported')
    })

    test.each([
      [{ a: 'txt' }, 'txt'],
      [{ a: { type: 'text', langauge: 'german' } }, 'langauge'],
      [{ a: { type: 'text', language: 'klingon' } }, 'klingon'],
      [{ a: { type: 'text', k1: -1 } }, 'k1'],
      [{ a: { type: 'text', b: 2 } }, 'b'],
      [{ a: 3 }, 'a'],
      [{ a: { index: true } }, 'type'],
    ])('the fields %j are a 400 that names %j', async (fields, named) => {
      const answer = await create(fields)

      expectError(answer, 400, undefined, named)
    })

    test('default fields have to be there', async () => {
      expectError(await create({ a: 'text' }, { default_fields: ['b'] }), 400, undefined, 'b')
      expectError(await create({ a: 'text' }, { default_fields: ['a^x'] }), 400)
      expectError(await create({ a: 'text' }, { dynamic: 'sometimes' }), 400, undefined, 'dynamic')
    })

    test('default fields with boosts decide where bare words are looked for', async () => {
      const schema = { fields: { title: 'text', body: 'text', notes: 'text' }, default_fields: ['title^2', 'body'] }
      const name = await collectionOf(
        call,
        [
          { id: 'b', body: 'sea' },
          { id: 'n', notes: 'sea' },
          { id: 't', title: 'sea' },
        ],
        { schema },
      )

      expect(await idsOf(call, name, { query: 'sea' })).toEqual(['t', 'b'])
      expect(await idsOf(call, name, { query: 'sea', fields: ['notes'] })).toEqual(['n'])
    })
  })

  describe('values', () => {
    test('keywords are exact, unless lower-cased', async () => {
      const schema = { fields: { a: 'keyword', b: { type: 'keyword', normalizer: 'lowercase' } } }
      const name = await collectionOf(call, [{ id: '1', a: 'New York', b: 'New York' }], { schema })

      expect(await idsOf(call, name, { filter: { a: 'New York' } })).toEqual(['1'])
      expect(await idsOf(call, name, { filter: { a: 'new york' } })).toEqual([])
      expect(await idsOf(call, name, { filter: { b: 'NEW york' } })).toEqual(['1'])
    })

    test('integers reach beyond 2^53 as strings, and stay exact', async () => {
      const schema = { fields: { n: 'integer' } }
      const name = await collectionOf(
        call,
        [
          { id: 'a', n: '9223372036854775806' },
          { id: 'b', n: '9223372036854775807' },
        ],
        { schema },
      )

      expect(await idsOf(call, name, { filter: { n: '9223372036854775807' } })).toEqual(['b'])
      expect(await idsOf(call, name, { filter: { n: { lt: '9223372036854775807' } } })).toEqual(['a'])
    })

    test('dates are ISO 8601 or epoch milliseconds', async () => {
      const documents = [
        { id: 'a', at: '1851-10-18' },
        { id: 'b', at: '2020-01-02T03:04:05Z' },
        { id: 'c', at: 1_577_934_245_000 },
      ]
      const name = await collectionOf(call, documents, { schema: { fields: { at: 'date' } } })

      expect(await idsOf(call, name, { filter: { at: '2020-01-02T03:04:05.000Z' } })).toEqual(['b', 'c'])
      expect(await idsOf(call, name, { filter: { at: { lt: '1900-01-01' } } })).toEqual(['a'])
    })

    test('a date is answered as ISO 8601', async () => {
      const name = await collectionOf(call, [{ id: 'c', at: 1_577_934_245_000 }], {
        schema: { fields: { at: 'date' } },
      })
      const { body } = await call('GET', `/collections/${name}/documents/c`)

      expect([1_577_934_245_000, '2020-01-02T03:04:05.000Z']).toContain(body.at)
    })

    test('a value that does not fit a declared field fails its document alone, and says what was expected', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { year: 'integer' } } })
      const answer = await write(call, name, { id: 'a', year: 'soon' }, { id: 'b', year: 1851 })

      expect(answer).toMatchObject({ indexed: 1, failed: 1, errors: [{ position: 0, id: 'a' }] })
      expect(answer.errors[0].error.message).toMatch(/year.*integer.*soon/)
      expect(await idsOf(call, name, {})).toEqual(['b'])
    })

    test.each([
      ['integer', [1.5, '1.5', true, {}, '9223372036854775808']],
      ['float', ['x', true, {}]],
      ['boolean', ['yes', 1]],
      ['date', ['yesterday', '2020-13-01', '2020-02-30', true]],
      ['keyword', [{}]],
      ['text', [{}]],
    ])('%s refuses %j', async (type, values) => {
      const name = await collectionOf(call, [], { schema: { fields: { v: type } } })
      const answer = await write(call, name, ...values.map((v, i) => ({ id: `${i}`, v })))

      expect(answer).toMatchObject({ indexed: 0, failed: values.length })
    })

    test('any field may hold several values', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: [1, 2], t: ['sea wind', 'sun'] }])

      expect(await idsOf(call, name, { filter: { n: 2 } })).toEqual(['a'])
      expect(await idsOf(call, name, { query: 't:sun' })).toEqual(['a'])
    })

    test('a dotted name equals nesting, and arrays of objects flatten', async () => {
      const name = await collectionOf(call, [
        { id: 'a', 'who.name': 'Ahab' },
        { id: 'b', who: { name: 'Ahab' } },
        { id: 'c', who: [{ name: 'Ishmael' }, { name: 'Ahab' }] },
      ])

      expect(await idsOf(call, name, { query: 'who.name:ahab', sort: ['id'] })).toEqual(['a', 'b', 'c'])
    })

    test('null and [] are missing, "" exists', async () => {
      const schema = { fields: { k: 'keyword' } }
      const name = await collectionOf(
        call,
        [{ id: 'a', k: null }, { id: 'b', k: [] }, { id: 'c', k: '' }, { id: 'd' }],
        { schema },
      )

      expect(await idsOf(call, name, { filter: { k: null } })).toEqual(['a', 'b', 'd'])
      expect(await idsOf(call, name, { query: 'k:*' })).toEqual(['c'])
    })

    test('what is stored only is kept and not found', async () => {
      const schema = { fields: { a: { type: 'text', index: false }, b: 'json' } }
      const name = await collectionOf(call, [{ id: '1', a: 'sea', b: { any: ['thing', 1] }, c: 'wind' }], { schema })

      expect(await idsOf(call, name, { query: 'sea' })).toEqual([])
      expect((await call('GET', `/collections/${name}/documents/1`)).body).toEqual({
        id: '1',
        a: 'sea',
        b: { any: ['thing', 1] },
        c: 'wind',
      })
    })
  })

  describe('dynamic fields', () => {
    test('unknown fields are added by what they hold', async () => {
      const document = { id: 'a', s: 'Moby Dick', n: 1.5, b: true, t: '2020-01-02T03:04:05Z', o: { x: 'deep' } }
      const name = await collectionOf(call, [document])
      const { fields } = (await call('GET', `/collections/${name}`)).body.schema

      expect(fields).toMatchObject({
        s: expect.anything(),
        n: expect.anything(),
        b: expect.anything(),
        t: expect.anything(),
      })
      expect(await idsOf(call, name, { query: 'whales OR dick' })).toEqual(['a'])
      expect(
        await idsOf(call, name, {
          filter: { s: 'Moby Dick', n: { gt: 1 }, b: true, t: { gte: '2020-01-01' }, 'o.x': 'deep' },
        }),
      ).toEqual(['a'])
    })

    test('false keeps them in the document only', async () => {
      const name = await collectionOf(call, [{ id: 'a', extra: 'sea' }], { schema: { dynamic: false } })

      expect(await idsOf(call, name, { query: 'sea' })).toEqual([])
      expect((await call('GET', `/collections/${name}/documents/a`)).body).toEqual({ id: 'a', extra: 'sea' })
    })

    test('"strict" refuses the document and names the field', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { title: 'text' }, dynamic: 'strict' } })
      const answer = await write(call, name, { id: 'a', extra: 1 }, { id: 'b', title: 'sea' })

      expect(answer).toMatchObject({ indexed: 1, failed: 1, errors: [{ position: 0, id: 'a' }] })
      expect(answer.errors[0].error.message).toContain('extra')
    })

    test('a value that does not fit is kept, not indexed, and named in a warning', async () => {
      const name = await collectionOf(call, [{ id: 'a', year: 1851 }])
      const answer = await write(call, name, { id: 'b', year: 'unknown' })

      expect(answer).toMatchObject({ indexed: 1, failed: 0 })
      expect(answer.warnings[0]).toMatchObject({ code: expect.any(String), message: expect.stringContaining('year') })
      expect((await call('GET', `/collections/${name}/documents/b`)).body.year).toBe('unknown')
      expect(await idsOf(call, name, { filter: { year: { gte: 0 } } })).toEqual(['a'])
    })

    test('long strings are found by their words, though not by their whole', async () => {
      const text = 'whale '.repeat(60)
      const name = await collectionOf(call, [{ id: 'a', text }])

      expect(await idsOf(call, name, { query: 'whale' })).toEqual(['a'])
      expect(await idsOf(call, name, { filter: { text } })).toEqual([])
    })

    test('more than 1,000 fields are refused', async () => {
      const name = await collectionOf(call, [])
      const wide = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, i]))
      const answer = await write(call, name, { id: 'a', ...wide }, { id: 'b', n: 1 })

      expect(answer).toMatchObject({ indexed: 1, failed: 1, errors: [{ position: 0, id: 'a' }] })
    })
  })
}
