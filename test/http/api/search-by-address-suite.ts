import { beforeAll, describe, expect, test } from 'vitest'
import { BOOKS, SCHEMA } from './books.ts'
import { type Call, collectionOf, expectError, idsOf, type Json, search } from './client.ts'

/** Searches by address, whose parameters are the members of a search. */
export function describeSearchByAddress(call: Call): void {
  let books: string
  beforeAll(async () => {
    books = await collectionOf(call, BOOKS, { schema: SCHEMA })
  })
  const found = (request: Json) => idsOf(call, books, request)

  describe('GET search', () => {
    test('takes q, limit, offset, fields and a filter', async () => {
      const get = async (query: string) => {
        const { status, body } = await call('GET', `/collections/${books}/search?${query}`)
        expect(status, JSON.stringify(body)).toBe(200)
        return body.hits.map((hit: { id: string }) => hit.id)
      }

      expect(await get('q=whale')).toEqual(['2'])
      expect(await get('q=sea&fields=text')).toEqual(await found({ query: 'sea', fields: ['text'] }))
      expect(await get('limit=2&offset=1')).toEqual(['2', '3'])
      expect(await get(`filter=${encodeURIComponent('{"year":{"gt":1940}}')}`)).toEqual(['3', '4'])
      expect(await get('')).toHaveLength(5)
      expect(await get('q=1904')).toEqual([])
    })

    test('takes what POST takes, and answers the same', async () => {
      const { body: now } = await search(call, books, {})
      await call('POST', `/collections/${books}/snapshots`, { name: 'as-it-was' })
      const pairs: [query: string, request: Json][] = [
        ['q=sea+fish&operator=and', { query: 'sea fish', operator: 'and' }],
        ['q=sae&fuzziness=1', { query: 'sae', fuzziness: 1 }],
        ['q=sae&fuzziness=auto', { query: 'sae', fuzziness: 'auto' }],
        [
          'q=sea&fields=title%5E3,text&field_mode=best',
          { query: 'sea', fields: ['title^3', 'text'], field_mode: 'best' },
        ],
        ['sort=-year,id', { sort: ['-year', 'id'] }],
        ['include=title,year&exclude=year', { include: ['title', 'year'], exclude: ['year'] }],
        ['include=', { include: [] }],
        ['versions=true', { versions: true }],
        ['total=false', { total: false }],
        ['total=3', { total: 3 }],
        ['consistency=strong', { consistency: 'strong' }],
        ['consistency=bounded&max_staleness_ms=0.5', { consistency: 'bounded', max_staleness_ms: 0.5 }],
        [`session=${encodeURIComponent(now.session)}`, { session: now.session }],
        [`at_version=${now.snapshot.versions}`, { at_version: now.snapshot.versions }],
        ['at_time=2100-01-01T00:00:00Z', { at_time: '2100-01-01T00:00:00Z' }],
        ['snapshot=as-it-was', { snapshot: 'as-it-was' }],
        ['allow_partial_results=false', { allow_partial_results: false }],
        ['min_successful_shards=1', { min_successful_shards: 1 }],
        ['partial_results_timeout_ms=60000', { partial_results_timeout_ms: 60_000 }],
        ['q=sea&explain=true', { query: 'sea', explain: true }],
      ]
      for (const [query, request] of pairs) {
        const [got, posted] = [
          await call('GET', `/collections/${books}/search?${query}`),
          await search(call, books, request),
        ]
        expect(got.status, `${query}: ${JSON.stringify(got.body)}`).toBe(posted.status)
        if (posted.status >= 400) expect(got.body.error.message).toBe(posted.body.error.message)
        for (const part of ['hits', 'total', 'total_relation', 'shards'])
          expect(got.body[part]).toEqual(posted.body[part])
        expect(got.body.snapshot?.versions).toEqual(posted.body.snapshot?.versions)
        expect(Object.keys(got.body)).toEqual(Object.keys(posted.body))
      }
    })

    test('refuses what is not one of its values, with the name of the parameter', async () => {
      for (const query of [
        'versions=yes',
        'total=all',
        'at_version=1,x',
        'consistency=exact',
        'min_successful_shards=-1',
      ]) {
        const answer = await call('GET', `/collections/${books}/search?${query}`)

        expectError(answer, 400, 'invalid_request', query.split('=')[0])
      }
    })
  })
}
