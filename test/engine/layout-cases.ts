import fc from 'fast-check'
import { expect } from 'vitest'
import type { JsonObject, SearchRequest } from '../../core/contract/search-request.ts'
import type { Engine } from '../../core/engine/engine.ts'

const WORDS = [
  'run',
  'running',
  'runs',
  'heat',
  'heating',
  'wing',
  'wings',
  'the',
  'laminar',
  'flow',
  'x9',
  'café',
  '日本',
]
const KINDS = ['a', 'b', 'c']

const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 8 }).map((words) => words.join(' '))

const document = fc.record(
  {
    title: text,
    body: fc.oneof(text, fc.array(text, { maxLength: 3 })),
    kind: fc.constantFrom(...KINDS),
    year: fc.integer({ min: 1950, max: 1960 }),
  },
  { requiredKeys: ['title'] },
)

/** Documents whose ids are not in the order of writing. */
export const documents = fc
  .array(document, { minLength: 1, maxLength: 60 })
  .map((all) => all.map((one, i): JsonObject => ({ ...one, id: `${(i * 7919) % 1000}-${i}` })))

const clause = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  fc
    .tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS), fc.nat(2))
    .map(([a, b, slop]) => `"${a} ${b}"~${slop}`),
  fc.constantFrom(
    'ru*',
    'w?ng',
    '*at',
    'runing~1',
    'lamimar~2',
    'title:heat',
    'year:[1952 TO 1955}',
    'kind:a',
    'body:*',
    '*',
    'heat^2.5',
  ),
)
const queryText = fc
  .array(fc.tuple(fc.constantFrom('', '', '', '+', '-'), clause), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([sign, part]) => sign + part).join(' '))

const filter = fc.constantFrom<(JsonObject | undefined)[]>(
  undefined,
  undefined,
  { kind: ['a', 'b'] },
  { year: { gte: 1952, lt: 1957 } },
  { not: { kind: 'a' } },
  { or: [{ year: null }, { kind: 'c' }] },
)

export const request = fc
  .record({
    query: fc.option(queryText, { nil: undefined }),
    filter,
    operator: fc.constantFrom<('or' | 'and')[]>('or', 'and'),
    field_mode: fc.constantFrom<('sum' | 'best')[]>('sum', 'best'),
    sort: fc.constantFrom<(string[] | undefined)[]>(
      undefined,
      undefined,
      undefined,
      ['-year', '_score'],
      ['kind', '-id'],
    ),
    limit: fc.nat(8),
    offset: fc.constantFrom(0, 0, 3),
    total: fc.constantFrom<(boolean | number)[]>(true, false, 3),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as SearchRequest)

export const schema = {
  fields: { title: 'text', body: { type: 'text', stop_words: 'index' }, kind: 'keyword', year: 'integer' },
} as const

export async function load(
  engine: Engine,
  name: string,
  { shards, batches }: { readonly shards: number; readonly batches: readonly (readonly JsonObject[])[] },
): Promise<void> {
  await engine.createCollection(name, { schema, shards })
  for (const batch of batches) {
    const { errors } = await engine.writeDocuments(name, batch)
    expect(errors).toEqual([])
  }
}

export function split<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

export async function answer(engine: Engine, name: string, asked: SearchRequest) {
  const { hits, total, total_relation } = await engine.search(name, asked)
  return { hits: hits.map(({ id, score }) => ({ id, score })), total, total_relation }
}
