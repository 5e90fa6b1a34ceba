import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, type Json, search } from './client.ts'

const K1 = 1.2
const B = 0.75

/** BM25 as a textbook has it, of one term in one field. */
function bm25(facts: { N: number; df: number; freq: number; length: number; average: number }): number {
  const idf = Math.log(1 + (facts.N - facts.df + 0.5) / (facts.df + 0.5))
  return (idf * facts.freq * (K1 + 1)) / (facts.freq + K1 * (1 - B + (B * facts.length) / facts.average))
}

const SCHEMA = {
  fields: { t: { type: 'text', language: 'none' }, u: { type: 'text', language: 'none' }, k: 'keyword' },
  default_fields: ['t'],
}
const DOCUMENTS = [
  { id: 'a', t: 'sea sea wind', u: 'sea' },
  { id: 'b', t: 'sea', k: 'x' },
  { id: 'c', t: 'wind and rain and fog', u: 'rain rain' },
]
const AVERAGE = (3 + 1 + 5) / 3

export function describeRanking(call: Call): void {
  const scores = async (name: string, request: Json): Promise<Record<string, number>> => {
    const { status, body } = await search(call, name, request)
    expect(status, JSON.stringify(body)).toBe(200)
    return Object.fromEntries(body.hits.map((hit: { id: string; score: number }) => [hit.id, hit.score]))
  }
  const expectScores = async (name: string, request: Json, expected: Record<string, number>) => {
    const actual = await scores(name, request)
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
    for (const [id, score] of Object.entries(expected)) expect(actual[id], id).toBeCloseTo(score, 6)
  }

  describe.each([1, 3])('ranking over %i shards', (shards) => {
    const create = () => collectionOf(call, DOCUMENTS, { schema: SCHEMA, shards })
    const sea = {
      a: bm25({ N: 3, df: 2, freq: 2, length: 3, average: AVERAGE }),
      b: bm25({ N: 3, df: 2, freq: 1, length: 1, average: AVERAGE }),
    }

    test('a term scores BM25 on the statistics of the whole collection', async () => {
      await expectScores(await create(), { query: 'sea' }, sea)
    })

    test('boosts multiply, repeated terms add up', async () => {
      const name = await create()

      await expectScores(name, { query: 'sea^3' }, { a: 3 * sea.a, b: 3 * sea.b })
      await expectScores(name, { query: 'sea sea' }, { a: 2 * sea.a, b: 2 * sea.b })
      await expectScores(name, { query: 'sea', fields: ['t^2'] }, { a: 2 * sea.a, b: 2 * sea.b })
    })

    test('fields add up, each with its own statistics; or the best one counts', async () => {
      const name = await create()
      const inU = bm25({ N: 2, df: 1, freq: 1, length: 1, average: 1.5 })

      await expectScores(name, { query: 'sea', fields: ['t', 'u'] }, { a: sea.a + inU, b: sea.b })
      await expectScores(
        name,
        { query: 'sea', fields: ['t', 'u'], field_mode: 'best' },
        { a: Math.max(sea.a, inU), b: sea.b },
      )
    })

    test('keywords, prefixes, wildcards, ranges and existence score their boost', async () => {
      const name = await create()

      await expectScores(name, { query: 'k:x' }, { b: 1 })
      await expectScores(name, { query: 'k:x^2.5' }, { b: 2.5 })
      await expectScores(name, { query: 'se*' }, { a: 1, b: 1 })
      await expectScores(name, { query: 's?a^2' }, { a: 2, b: 2 })
      await expectScores(name, { query: '*' }, { a: 1, b: 1, c: 1 })
    })

    test('a phrase has the sum of its idfs and a frequency that falls with distance', async () => {
      const name = await create()
      const idf = (df: number) => Math.log(1 + (3 - df + 0.5) / (df + 0.5))
      const phrase = (df: number[], freq: number, length: number) =>
        (df.map(idf).reduce((x, y) => x + y) * freq * (K1 + 1)) / (freq + K1 * (1 - B + (B * length) / AVERAGE))

      await expectScores(name, { query: '"sea wind"' }, { a: phrase([2, 2], 1, 3) })
      await expectScores(name, { query: '"wind rain"~2' }, { c: phrase([2, 1], 1 / 2, 5) })
    })

    test('a fuzzy word scores its expansion, less the distance', async () => {
      const name = await create()

      await expectScores(name, { query: 'see~1' }, { a: (sea.a * 2) / 3, b: (sea.b * 2) / 3 })
    })

    test('with a must, bare words only add score', async () => {
      const name = await create()
      const wind = bm25({ N: 3, df: 2, freq: 1, length: 3, average: AVERAGE })

      await expectScores(name, { query: '+sea wind' }, { a: sea.a + wind, b: sea.b })
    })

    test('equal scores fall by id', async () => {
      const documents = ['é', 'a', '🐳', 'B', '10', '\uffff'].map((id) => ({ id, t: 'same words' }))
      const name = await collectionOf(call, documents, { schema: SCHEMA, shards })
      const { body } = await search(call, name, { query: 'same' })

      expect(body.hits.map((hit: { id: string }) => hit.id)).toEqual(['10', 'B', 'a', 'é', '\uffff', '🐳'])
    })
  })
}
