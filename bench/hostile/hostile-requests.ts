import { codeOf, idOf, SMALL_FIELDS, wordOf } from './hostile-documents.ts'

export type HostileRequest = { readonly name: string; readonly path: string; readonly body: object }

const NAME = 'documents'
const SMALL = Array.from({ length: SMALL_FIELDS }, (_, f) => `f${f}`)
/** Most words of a query over all small fields: a query may have 4,096 words, counted for each field. */
const SMALL_WORDS = Math.floor(4_096 / SMALL_FIELDS)

/**
 * The worst requests that the limits admit, of every kind.
 *
 * @param timeoutMs timeout of each search
 */
export function hostileRequests(timeoutMs: number): HostileRequest[] {
  const limits = { partial_results_timeout_ms: timeoutMs, limit: 10 }
  const search = (name: string, body: object): HostileRequest => {
    return { name, path: `/collections/${NAME}/search`, body: { ...limits, ...body } }
  }
  const several = (name: string, count: number, body: (i: number) => object): HostileRequest => {
    const searches = list(count, (i) => ({ collection: NAME, ...limits, ...body(i) }))
    return { name, path: '/multi_search', body: { searches } }
  }
  return [
    search('one leading wildcard', { query: 'text:*a*' }),
    search('1,024 leading wildcards', { query: joined(1_024, (i) => `text:*${wordOf(i + 6).slice(0, 3)}*${i % 10}*`) }),
    search('question marks', { query: joined(20, (i) => `text:${'?'.repeat(i + 2)}a*`) }),
    search('wildcard over long values', { query: `code:${'*a'.repeat(40)}*b`, fields: ['code'] }),
    search('1,000 letters in a wildcard', { query: `code:*${'a'.repeat(1_000)}b*`, fields: ['code'] }),
    search('prefix of one letter', { query: 'b*' }),
    search('prefixes of one and two letters', {
      query: joined(200, (i) => `text:${wordOf(i + 6).slice(0, 1 + (i % 2))}*`),
    }),
    search('1,024 prefixes', { query: joined(1_024, (i) => `text:${wordOf(i + 6).slice(0, 4)}*`) }),
    search('1,024 equal prefixes', { query: joined(1_024, () => 'text:b*') }),
    search('prefixes over 30 fields', {
      query: joined(SMALL_WORDS, (i) => `${wordOf(i + 6).slice(0, 3)}*`),
      fields: SMALL,
    }),
    search('prefix of every value', { query: 'code:a*', fields: ['code'] }),
    search('one fuzzy word', { query: 'banan~2' }),
    search('1,024 fuzzy words', { query: joined(1_024, (i) => `text:${wordOf(i + 40)}x~2`) }),
    search('fuzzy words over 30 fields', { query: joined(SMALL_WORDS, (i) => `${wordOf(i + 40)}x~2`), fields: SMALL }),
    search('nested 32 deep', { query: nested(31), fields: SMALL.slice(0, 8) }),
    search('1,024 frequent words, any', { query: joined(1_024, (i) => `text:${wordOf(i)}`) }),
    search('1,024 frequent words, all', { query: joined(1_024, (i) => `text:${wordOf(i)}`), operator: 'and' }),
    search('frequent words, none', { query: joined(1_000, (i) => `-text:${wordOf(i)}`) }),
    search('frequent words over 30 fields', { query: joined(SMALL_WORDS, wordOf), fields: SMALL }),
    search('the best of 30 fields', { query: joined(SMALL_WORDS, wordOf), fields: SMALL, field_mode: 'best' }),
    search('1,024 words taken literally', { query: { match: joined(1_024, wordOf) }, fields: ['text'] }),
    search('groups of alternatives', {
      query: joined(300, (i) => `(text:${wordOf(i)} AND (text:${wordOf(i + 1)} OR text:${wordOf(i + 2)}))`),
    }),
    search('phrase of frequent words', { query: 'text:"the of"' }),
    search('phrase of one word 12 times', { query: `text:"${joined(12, () => 'the')}"` }),
    search('phrase of one word 100 times', { query: `text:"${joined(100, () => 'the')}"` }),
    search('sloppy phrase of one word 1,024 times', { query: `text:"${joined(1_024, () => 'the')}"~10000` }),
    search('sloppy phrase of 100 frequent words', { query: `text:"${joined(100, (i) => wordOf(i % 3))}"~10000` }),
    search('sloppy phrase of 1,024 words', { query: `text:"${joined(1_024, wordOf)}"~10000` }),
    search('500 phrases of frequent words', {
      query: joined(500, (i) => `text:"${wordOf(i % 20)} ${wordOf(Math.floor(i / 20))}"~5`),
    }),
    search('a run of 1,025 characters', { query: '海'.repeat(1_025), fields: ['text'] }),
    search('65,536 numbers in a list', { filter: { year: { in: list(65_536, (i) => i) } } }),
    search('65,536 values in a list', { filter: { code: { in: list(65_536, (i) => codeOf(7 * i)) } } }),
    search('65,536 values not in a list', { filter: { code: { nin: list(65_536, (i) => codeOf(7 * i)) } } }),
    search('65,536 ids', { filter: { id: { in: list(65_536, (i) => idOf(11 * i)) } } }),
    search('contains all of 500 numbers', { filter: { numbers: { contains_all: list(500, (i) => i) } } }),
    search('contains all of 65,536 numbers', { filter: { numbers: { contains_all: list(65_536, (i) => i) } } }),
    search('contains all of 1,000 values', { filter: { tags: { contains_all: list(1_000, (i) => `tag${i}`) } } }),
    search('1,024 ranges of numbers', { filter: { or: list(1_024, (i) => ({ price: { gte: i, lt: i + 0.5 } })) } }),
    search('1,024 ranges of values', {
      filter: { or: list(1_024, (i) => ({ code: { gte: codeOf(i), lt: codeOf(i + 500_000) } })) },
    }),
    search('1,024 prefixes of values', { filter: { or: list(1_024, (i) => ({ tags: { prefix: `tag${i % 200}` } })) } }),
    search('1,000 conditions in one another', { filter: nestedFilter() }),
    search('ten sort keys', {
      sort: ['draft', 'kind', '-year', 'price', '-at', 'numbers', '-tags', 'code', '_score', 'id'],
    }),
    search('sort by unique values', { sort: ['-code'], total: false }),
    search('sort of all by several values', { sort: ['numbers', '-tags'] }),
    search('deep page', { query: 'text:the', offset: 9_990 }),
    search('deep page of 1,000 documents, sorted', { sort: ['price'], offset: 9_000, limit: 1_000 }),
    search('1,000 documents of all', { limit: 1_000 }),
    {
      name: 'count of 500 wildcards',
      path: `/collections/${NAME}/count`,
      body: { query: joined(500, (i) => `text:*${wordOf(i + 6).slice(1, 3)}*`) },
    },
    several('16 searches with wildcards', 16, (i) => ({
      query: joined(60, (j) => `text:*${wordOf(60 * i + j + 6).slice(0, 4)}*`),
    })),
    several('16 searches for phrases', 16, (i) => ({ query: `text:"the ${wordOf(i)} of"~100` })),
    several('16 searches with sorts', 16, (i) => ({
      sort: ['numbers', '-price', `${i % 2 ? '-' : ''}code`],
      offset: 9_000,
      limit: 100,
    })),
    several('16 searches with lists', 16, (i) => ({
      filter: { code: { in: list(4_000, (j) => codeOf(j * 16 + i)) } },
    })),
  ]
}

function list<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i))
}

function joined(length: number, make: (i: number) => string): string {
  return list(length, make).join(' ')
}

function nested(depth: number): string {
  return depth === 0
    ? wordOf(0)
    : `(${wordOf(depth)} OR (${wordOf(depth + 1)} AND ${wordOf(depth + 2)}) ${depth > 1 ? nested(depth - 2) : ''})`
}

/** A filter with 20 levels of alternating lists, each with 50 conditions of different kinds. */
function nestedFilter(): object {
  let filter: object = { draft: true }
  for (let depth = 0; depth < 20; depth++) {
    const conditions = list(
      50,
      (i) => [{ price: { gt: depth * 50 + i } }, { numbers: { lt: 900 - i } }, { tags: { prefix: `tag${i}` } }][i % 3]!,
    )
    filter = { [depth % 2 === 0 ? 'and' : 'or']: [{ not: filter }, ...conditions] }
  }
  return filter
}
