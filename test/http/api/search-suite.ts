import { beforeAll, describe, expect, test } from 'vitest'
import { BOOKS, SCHEMA } from './books.ts'
import { type Call, collectionOf, expectError, idsOf, type Json, search } from './client.ts'
import type { Front } from './front.ts'

export function describeSearch(call: Call, { shardsDefault }: Front): void {
  let books: string
  beforeAll(async () => {
    books = await collectionOf(call, BOOKS, { schema: SCHEMA })
  })
  const found = (request: Json) => idsOf(call, books, request)

  describe('the answer of a search', () => {
    test('says what was found, where, how fresh and at what cost', async () => {
      const { status, body, headers } = await search(call, books, { query: 'sea' })

      expect(status).toBe(200)
      expect(body).toMatchObject({
        total: 2,
        total_relation: 'eq',
        took_ms: expect.any(Number),
        shards: { total: shardsDefault, successful: shardsDefault, failed: 0, failures: [] },
        snapshot: {
          versions: Array.from({ length: shardsDefault }, () => expect.any(Number)),
          staleness_ms: expect.any(Number),
        },
        session: expect.any(String),
      })
      for (const fact of ['gets', 'bytes', 'rounds', 'cached_bytes', 'usd'])
        expect(body.cost[fact]).toBeGreaterThanOrEqual(0)
      expect(headers.get('prism-session')).toBe(body.session)
      expect(body.hits[0]).toEqual({ id: expect.any(String), score: expect.any(Number), document: expect.any(Object) })
    })

    test('hits come best first, with their documents', async () => {
      const { body } = await search(call, books, { query: 'sea' })
      const scores = body.hits.map((hit: { score: number }) => hit.score)

      expect(scores).toEqual([...scores].sort((a, b) => b - a))
      expect(body.hits.map((hit: { document: Json }) => hit.document)).toEqual(
        body.hits.map((hit: { id: string }) => BOOKS.find(({ id }) => id === hit.id)),
      )
    })

    test('without a query everything matches, in id order', async () => {
      const { body } = await search(call, books, {})

      expect(body.hits.map((hit: { id: string }) => hit.id)).toEqual(['1', '2', '3', '4', '5'])
      expect(body.total).toBe(5)
    })

    test('total counts matches, not hits: exactly, not at all, or up to a number', async () => {
      const totals = async (total: unknown) => {
        const { body } = await search(call, books, { limit: 1, total })
        return [body.total, body.total_relation]
      }

      expect(await totals(true)).toEqual([5, 'eq'])
      expect((await totals(false))[0]).toBeUndefined()
      expect(await totals(3)).toEqual([3, 'gte'])
      expect(await totals(5)).toEqual([5, 'eq'])
    })

    test('limit and offset page without gaps; a limit of 0 only counts', async () => {
      const pages = await Promise.all([0, 2, 4, 6].map((offset) => found({ limit: 2, offset })))
      const { body } = await search(call, books, { limit: 0 })

      expect(pages).toEqual([['1', '2'], ['3', '4'], ['5'], []])
      expect(body).toMatchObject({ hits: [], total: 5 })
    })

    test('ten hits are the default', async () => {
      const name = await collectionOf(
        call,
        Array.from({ length: 12 }, (_, i) => ({ id: `${i}` })),
      )

      expect(await idsOf(call, name, {})).toHaveLength(10)
    })

    test('include and exclude choose what of the documents is answered', async () => {
      const document = async (request: Json) =>
        (await search(call, books, { limit: 1, ...request })).body.hits[0].document

      expect(Object.keys(await document({ include: ['title', 'year'] }))).toEqual(
        expect.arrayContaining(['title', 'year']),
      )
      expect(await document({ include: ['title'] })).not.toHaveProperty('text')
      expect(await document({ exclude: ['text'] })).toMatchObject({ title: 'The Sea Wolf', year: 1904 })
      expect(await document({ exclude: ['text'] })).not.toHaveProperty('text')
    })

    test('a name in include or exclude that no field has is a warning that names the nearest', async () => {
      const warningsOf = async (request: Json) => (await search(call, books, request)).body.warnings

      expect(await warningsOf({ include: ['titel'], exclude: ['knd', 'title'] })).toEqual([
        { code: 'unknown_field', message: 'include: no field named "titel", did you mean "title"?' },
        { code: 'unknown_field', message: 'exclude: no field named "knd", did you mean "kind"?' },
      ])
      expect(await warningsOf({ query: 'titel:a', include: ['nothing.like.it'] })).toEqual([
        { code: 'unknown_field', message: expect.stringContaining('titel') },
        { code: 'unknown_field', message: 'include: no field named "nothing.like.it"' },
      ])
      expect(await warningsOf({ include: ['id', 'title'] })).toBeUndefined()
      expect(await warningsOf({ include: Array.from({ length: 1_000 }, (_, i) => `no${i}`) })).toHaveLength(10)
    })

    test('objects, their members and what is only stored are fields for include', async () => {
      const fields = { author: { fields: { name: 'text' } }, data: 'json' }
      const documents = [{ id: 'a', author: { name: 'Sea' }, data: { x: { y: 1 } }, kept: 1 }]
      const known = ['author', 'author.name', 'data.x.y', 'data']
      const name = await collectionOf(call, documents, { schema: { fields, dynamic: false } })
      const other = await collectionOf(call, documents, { schema: { fields } })

      expect((await search(call, name, { include: ['id', ...known, 'kept'] })).body.hits[0].document).toEqual(
        documents[0],
      )
      expect((await search(call, name, { include: ['kept'] })).body.warnings).toBeUndefined()
      expect((await search(call, other, { include: [...known, 'kept'] })).body.warnings).toBeUndefined()
      expect((await search(call, other, { include: ['author.nme', 'author.name.x', 'autor'] })).body.warnings).toEqual([
        { code: 'unknown_field', message: 'include: no field named "author.nme", did you mean "author.name"?' },
        { code: 'unknown_field', message: expect.stringContaining('"author.name.x"') },
        { code: 'unknown_field', message: 'include: no field named "autor", did you mean "author"?' },
      ])
    })

    test('hits have scores if the search sorts by them, otherwise null', async () => {
      const scores = async (sort: string[], include?: string[]) => {
        const { body } = await search(call, books, { query: 'sea', sort, include })
        return body.hits.map((hit: { score: unknown }) => hit.score)
      }
      const number = expect.any(Number)

      expect(await scores(['year'])).toEqual([null, null])
      expect(await scores(['-id'], [])).toEqual([null, null])
      expect(await scores(['id', '_score'], [])).toEqual([number, number])
      expect(await scores(['year', '_score'])).toEqual([number, number])
      expect(await scores([])).toEqual([number, number])
    })

    test('a write is found at once by the next search', async () => {
      const name = await collectionOf(call, [{ id: 'a', t: 'one' }])
      for (const id of ['b', 'c', 'd']) {
        await call('PUT', `/collections/${name}/documents/${id}`, { t: 'one' })
        expect(await idsOf(call, name, { query: 'one', consistency: 'strong' })).toContain(id)
      }
    })

    test('a session reads at least what it wrote', async () => {
      const name = await collectionOf(call, [], { shards: 2 })
      const writes = await Promise.all(
        ['a', 'b', 'c'].map((id) => call('PUT', `/collections/${name}/documents/${id}`, {})),
      )
      const tokens = writes.map(({ body }) => body.session)
      const byHeader = await call(
        'POST',
        `/collections/${name}/search`,
        { consistency: 'read_your_writes' },
        { 'Prism-Session': tokens.join(',') },
      )
      const byBody = await search(call, name, { session: tokens.join(',') })

      expect(byHeader.body.hits).toHaveLength(3)
      expect(byBody.body.hits).toHaveLength(3)
    })

    test.each([
      [{ consistency: 'eventual' }],
      [{ consistency: 'bounded', max_staleness_ms: 1000 }],
      [{ consistency: 'strong' }],
    ])('%j is a way to read', async (read) => {
      const { body } = await search(call, books, read)

      expect(body.hits).toHaveLength(5)
      // The answer counts the time that the search took; the bound is on the version's age when it began.
      const { snapshot, took_ms } = body
      if (read.consistency === 'bounded') expect(snapshot.staleness_ms - took_ms).toBeLessThanOrEqual(1000)
    })

    test('a session that no answer gave is a 400', async () => {
      expectError(
        await search(call, books, { session: 'no such token', consistency: 'read_your_writes' }),
        400,
        undefined,
        'session',
      )
    })
  })

  describe('count and multi_search', () => {
    test('count counts what the search would match', async () => {
      const { status, body } = await call('POST', `/collections/${books}/count`, { query: 'sea' })

      expect(status).toBe(200)
      expect(body).toMatchObject({ count: 2, shards: { total: shardsDefault, successful: shardsDefault } })
      expect((await call('POST', `/collections/${books}/count`, { filter: { kind: 'novel' } })).body.count).toBe(2)
    })

    test('several searches are answered in order, each with its own error', async () => {
      const searches = [
        { collection: books, query: 'whale' },
        { collection: 'no-such-thing', query: 'x' },
        { collection: books, qeury: 'x' },
        { collection: books, query: '"open' },
        { query: 'x' },
        7,
        { collection: books, limit: 0 },
      ]
      const { status, body } = await call('POST', '/multi_search', { searches })

      expect(status).toBe(200)
      expect(body.results).toHaveLength(searches.length)
      expect(body.results[0].hits[0].id).toBe('2')
      expect(body.results[1].error.code).toBe('collection_not_found')
      for (const i of [2, 3, 4, 5]) expect(body.results[i].error.message).toBeTypeOf('string')
      expect(body.results[6].total).toBe(5)
    })

    test('searches of one request share the words that one search may have', async () => {
      const query = Array.from({ length: 500 }, (_, i) => `title:w${i}`).join(' ')
      const searches = Array.from({ length: 16 }, () => ({ collection: books, query }))
      const { body } = await call('POST', '/multi_search', { searches })

      const codes = body.results.map((result: { error?: { code: string } }) => result.error?.code)
      expect(codes.filter((code: unknown) => code === undefined)).toHaveLength(8)
      expect(codes.filter((code: unknown) => code === 'too_many_clauses')).toHaveLength(8)
    })

    test('sixteen searches are the most', async () => {
      const searches = (count: number) => ({ searches: Array.from({ length: count }, () => ({ collection: books })) })

      expect((await call('POST', '/multi_search', searches(16))).body.results).toHaveLength(16)
      expectError(await call('POST', '/multi_search', searches(17)), 413, undefined, '16')
      expectError(await call('POST', '/multi_search', { searches: {} }), 400)
    })
  })

  describe('sort', () => {
    test('by a field, up or down, missing last', async () => {
      expect(await found({ sort: ['year'] })).toEqual(['2', '1', '4', '3', '5'])
      expect(await found({ sort: ['-year'] })).toEqual(['3', '4', '1', '2', '5'])
    })

    test('ties fall to the next key, in the end to the smaller id', async () => {
      expect(await found({ sort: ['kind', '-year'] })).toEqual(['4', '5', '1', '2', '3'])
      expect(await found({ query: 'kind:novel', sort: ['_score'] })).toEqual(['1', '2'])
      expect(await found({ sort: ['-id'] })).toEqual(['5', '4', '3', '2', '1'])
    })

    test('what cannot be sorted by is a 400 that names it', async () => {
      expectError(await search(call, books, { sort: ['nowhere'] }), 400, undefined, 'nowhere')
      expectError(await search(call, books, { sort: [''] }), 400)
    })
  })

  describe('filters', () => {
    test.each<[Json, string[]]>([
      [{ kind: 'novel' }, ['1', '2']],
      [{ kind: ['essay', 'manual'] }, ['4', '5']],
      [{ year: null }, ['5']],
      [{ year: { eq: 1851 } }, ['2']],
      [{ year: { ne: 1851 } }, ['1', '3', '4', '5']],
      [{ year: { gt: 1904 } }, ['3', '4']],
      [{ year: { gte: 1904, lt: 1952 } }, ['1', '4']],
      [{ year: { lte: 1851 } }, ['2']],
      [{ year: { between: [1904, 1941] } }, ['1', '4']],
      [{ kind: { in: ['novel'] } }, ['1', '2']],
      [{ kind: { nin: ['novel'] } }, ['3', '4', '5']],
      [{ year: { exists: true } }, ['1', '2', '3', '4']],
      [{ year: { exists: false } }, ['5']],
      [{ kind: { prefix: 'nov' } }, ['1', '2', '3']],
      [{ kind: { contains_all: ['novel'] } }, ['1', '2']],
      [{ draft: true }, ['4']],
      [{ not: { draft: true } }, ['1', '2', '3', '5']],
      [{ and: [{ kind: 'novel' }, { year: { gt: 1900 } }] }, ['1']],
      [{ or: [{ kind: 'essay' }, { year: 1851 }] }, ['2', '4']],
      [{ kind: 'novel', year: 1851 }, ['2']],
      [{}, ['1', '2', '3', '4', '5']],
    ])('%j', async (filter, ids) => {
      expect(await found({ filter, sort: ['id'] })).toEqual(ids)
    })

    test('an array matches if any element does; all bounds of one range are for one element', async () => {
      const name = await collectionOf(call, [
        { id: 'a', n: [1, 10] },
        { id: 'b', n: [5] },
      ])

      expect(await idsOf(call, name, { filter: { n: { gt: 2, lt: 8 } } })).toEqual(['b'])
      expect(await idsOf(call, name, { filter: { n: 10 } })).toEqual(['a'])
      expect(await idsOf(call, name, { filter: { n: { contains_all: [1, 10] } } })).toEqual(['a'])
    })

    test('a field named like an operator is reached by name', async () => {
      const name = await collectionOf(call, [
        { id: 'a', not: 1 },
        { id: 'b', not: 2 },
      ])

      expect(await idsOf(call, name, { filter: { field: 'not', eq: 1 } })).toEqual(['a'])
    })

    test('filters never score', async () => {
      const scores = async (request: Json) =>
        (await search(call, books, request)).body.hits.map((hit: { score: number }) => hit.score)
      const plain = await scores({ query: 'whale' })

      expect(await scores({ query: 'whale', filter: { year: 1851 } })).toEqual(plain)
    })

    test.each([
      [{ year: { above: 3 } }, 'above'],
      [{ nowhere: 1 }, 'nowhere'],
      [{ year: { gt: 'soon' } }, 'year'],
      [{ year: { between: [1] } }, 'between'],
      [{ and: {} }, 'and'],
      [{ year: {} }, 'year'],
      [{ title: 'Weather' }, 'title'],
    ])('%j is a 400 that names the place', async (filter, named) => {
      // Declared text has no keyword column, so it cannot be filtered by.
      expectError(await search(call, books, { filter }), 400, undefined, named)
    })
  })
}
