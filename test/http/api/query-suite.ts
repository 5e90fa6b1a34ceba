import { beforeAll, describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, type Json, search } from './client.ts'

const DOCUMENTS = [
  { id: 'a', title: 'heat and wing', text: 'heat conduction in the wing of a machine', year: 1950 },
  { id: 'b', title: 'boundary flow', text: 'the boundary of a thin layer, laminar flow, heat', year: 1955 },
  { id: 'c', title: 'layers', text: 'a boundary layer of heat at 1960', year: 1960 },
  { id: 'd', title: 'AC/DC: live', text: 'rock and tests', year: 1992 },
  { id: 'e', title: 'tents', text: 'text of tent and test', tag: 'Wing' },
]
const SCHEMA = {
  fields: { title: 'text', text: 'text', year: 'integer', tag: 'keyword' },
  default_fields: ['title', 'text'],
}

/** The query language, ranking and matching, one sentence of the contract a check. */
export function describeQueries(call: Call): void {
  let name: string
  beforeAll(async () => {
    name = await collectionOf(call, DOCUMENTS, { schema: SCHEMA })
  })
  const matches = async (query: unknown, rest: Json = {}) => idsOf(call, name, { query, sort: ['id'], ...rest })

  describe('query language', () => {
    test.each<[string, string[]]>([
      ['heat', ['a', 'b', 'c']],
      ['heat wing', ['a', 'b', 'c']],
      ['+heat +wing', ['a']],
      ['heat AND wing', ['a']],
      ['heat AND (wing OR "boundary layer")', ['a', 'c']],
      ['heat -laminar', ['a', 'c']],
      ['heat NOT laminar', ['a', 'c']],
      ['heat AND NOT laminar', ['a', 'c']],
      ['"boundary layer"', ['c']],
      ['"boundary layer"~4', ['b', 'c']],
      ['title:flow', ['b']],
      ['title:"boundary flow"', ['b']],
      ['title:(flow heat)', ['a', 'b']],
      ['title:flow^3', ['b']],
      ['year:[1950 TO 1960}', ['a', 'b']],
      ['year:[1950 TO 1960]', ['a', 'b', 'c']],
      ['year:{1950 TO *]', ['b', 'c', 'd']],
      ['year:>=1960', ['c', 'd']],
      ['year:<1955', ['a']],
      ['lamin*', ['b']],
      ['te?t', ['e']],
      ['te*s', ['d', 'e']],
      ['mach~1', []],
      ['machne~1', ['a']],
      ['tag:*', ['e']],
      ['tag:Wing', ['e']],
      ['tag:wing', []],
      ['*', ['a', 'b', 'c', 'd', 'e']],
      ['-heat', ['d', 'e']],
      ['NOT heat', ['d', 'e']],
      ['wing OR flow AND laminar', ['a', 'b']],
      ['+heat wing', ['a', 'b', 'c']],
      ['AC/DC: live', ['d']],
      ['\\(heat\\)', ['a', 'b', 'c']],
      ['HEAT', ['a', 'b', 'c']],
      ['the', ['a', 'b']],
      ['the wing', ['a']],
      ['', []],
      ['!!!', []],
    ])('%j', async (query, ids) => {
      expect(await matches(query)).toEqual(ids)
    })

    test('only negatives match everything else with score 0', async () => {
      const { body } = await search(call, name, { query: '-heat' })

      expect(body.hits.map((hit: { score: number }) => hit.score)).toEqual([0, 0])
    })

    test('bare words follow the operator', async () => {
      expect(await matches('heat wing', { operator: 'and' })).toEqual(['a'])
      expect(await matches('boundary wing', { operator: 'or' })).toEqual(['a', 'b', 'c'])
    })

    test('with "and" each word may be in any of the fields', async () => {
      expect(await matches('layers conduction', { operator: 'and' })).toEqual([])
      expect(await matches('layers 1960', { operator: 'and' })).toEqual(['c'])
    })

    test('an unknown field before a colon is plain text, with a warning', async () => {
      const { body } = await search(call, name, { query: 'titel: flow' })

      expect(body.hits.map((hit: { id: string }) => hit.id)).toEqual(['b'])
      expect(body.warnings[0]).toMatchObject({ code: expect.any(String), message: expect.stringContaining('titel') })
    })

    test.each([
      '"open',
      '(heat',
      'heat)',
      'heat AND',
      'OR heat',
      'year:[1 TO',
      'title:',
      'heat^',
      'heat^x',
      'year:>=',
      'a AND AND b',
    ])('%j cannot be parsed: a 400 that points at the character', async (query) => {
      const answer = await search(call, name, { query })

      expectError(answer, 400)
      expect(JSON.stringify(answer.body.error.details)).toMatch(/\d/)
    })

    test('a query over 32 KB, of over 1,024 clauses or over 32 deep is refused', async () => {
      const queries = ['x'.repeat(32 * 1024 + 1), 'ab '.repeat(1025), `${'('.repeat(40)}x${')'.repeat(40)}`]
      for (const query of queries) {
        const answer = await search(call, name, { query })

        expect([400, 413]).toContain(answer.status)
        expectError(answer, answer.status, undefined, /\d/)
      }
    })

    test('a range on what has no order is a 400, or text', async () => {
      const { status } = await search(call, name, { query: 'year:[soon TO later]' })

      expect(status).toBe(400)
    })
  })

  describe('match', () => {
    test('takes any text literally and never fails', async () => {
      expect(await matches({ match: 'heat AND (wing' })).toEqual(['a', 'b', 'c'])
      expect(await matches({ match: 'anything at all: (' })).toEqual([])
      expect(await matches({ match: '"laminar flow~ -heat' })).toEqual(['a', 'b', 'c'])
      expect(await matches({ match: '' })).toEqual([])
    })

    test('has its own operator, fuzziness and open last word', async () => {
      expect(await matches({ match: 'heat wing', operator: 'and' })).toEqual(['a'])
      expect(await matches({ match: 'lamnar', fuzziness: 1 })).toEqual(['b'])
      expect(await matches({ match: 'lamniar', fuzziness: 2 })).toEqual(['b'])
      expect(await matches({ match: 'lamnar', fuzziness: 'auto' })).toEqual(['b'])
      expect(await matches({ match: 'lamnar', fuzziness: 'none' })).toEqual([])
      expect(await matches({ match: 'heat lam', operator: 'and', prefix_last: true })).toEqual(['b'])
    })

    test('fuzziness of the request holds for bare words', async () => {
      expect(await matches('lamnar', { fuzziness: 1 })).toEqual(['b'])
      expect(await matches('lamnar', { fuzziness: 'none' })).toEqual([])
    })
  })

  describe('fields', () => {
    test('a field that is not there is a 400 that names it', async () => {
      expectError(await search(call, name, { query: 'heat', fields: ['nowhere'] }), 400, undefined, 'nowhere')
      expectError(await search(call, name, { query: 'heat', fields: ['title^'] }), 400)
      expectError(await search(call, name, { query: 'heat', fields: ['year'] }), 400)
    })
  })
}
