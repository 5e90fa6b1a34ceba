import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { stopwords } from '@orama/stopwords/english'
import { type SeededRandom, seededRandom } from '../../test/evaluation/seeded-random.ts'
import { findTestData, readJsonLines } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from './bench-document.ts'
import type { Corpus } from './corpus.ts'
import { readBatches } from './read-documents.ts'

export const QUERY_KINDS = [
  'term_rare',
  'term_medium',
  'term_frequent',
  'or',
  'and',
  'phrase',
  'prefix',
  'fuzzy',
  'filtered_keyword',
  'filtered_range',
  'game_union',
  'game_intersection',
  'game_phrase',
  'question',
  'question_raw',
] as const

export type QueryKind = (typeof QUERY_KINDS)[number]

/** A query in a form that is independent of engines. Words are lower-case ASCII, without stop words unless the kind is `question_raw`. */
export type BenchQuery = {
  readonly kind: QueryKind
  readonly mode: 'or' | 'and' | 'phrase' | 'prefix' | 'fuzzy'
  readonly words: readonly string[]
  readonly filter?:
    | { readonly field: string; readonly equals: string }
    | { readonly field: string; readonly from: number; readonly to: number }
}

/** A random piece of a random document, as a source of words that belong together. */
type Sample = { readonly document: BenchDocument; readonly phrase: readonly string[] }

const QUERIES_PER_KIND = 100
const QUESTIONS = 1_000
const SEED = 962
const SAMPLES = 4_000
/** Word frequencies of larger corpora are those of their first documents. */
const SCANNED_MAX = 200_000
/** Used in addition to Orama's stop words, because some engines leave out these. */
const LUCENE_STOP_WORDS =
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'
const STOP_WORDS: ReadonlySet<string> = new Set([...stopwords, ...LUCENE_STOP_WORDS.split(' ')])
/** Runs of words separated by single spaces, which every tokenizer sees as neighbours. */
const RUN = /[a-z]{3,}(?: [a-z]{3,})*/g
const WORD = /[a-z0-9]+/g

/** Opens the queries for a corpus. The first use makes them and stores them next to the corpus. */
export async function openQueries(corpus: Corpus): Promise<BenchQuery[]> {
  const file = corpus.file.replace(/\.jsonl$/, '.queries.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as BenchQuery[]
  const data = findTestData()
  if (!data) throw new Error('the real data are missing: set PRISM_TEST_DATA to their folder')
  const queries = [...(await mixQueries(corpus)), ...(await readGame(data)), ...(await readQuestions(data))]
  writeFileSync(file, JSON.stringify(queries))
  return queries
}

async function mixQueries(corpus: Corpus): Promise<BenchQuery[]> {
  const random = seededRandom(SEED)
  const scanned = Math.min(corpus.documents, SCANNED_MAX)
  const { frequencies, samples } = await scan(corpus, scanned, random)
  const share = (from: number, to: number): string[] =>
    Array.from(frequencies)
      .filter(([word, count]) => isPlain(word) && count >= from * scanned && count <= to * scanned)
      .map(([word]) => word)
      .sort()
  const rare = Array.from(frequencies)
    .filter(([word, count]) => word.length > 3 && count <= 20)
    .map(([word]) => word)
    .sort()
  const medium = share(0.000_5, 0.005)
  const frequent = share(0.02, 0.4)
  const usual = new Set(share(0.000_2, 0.4))
  const together = (count: number): string[] => pickTogether(random, samples, usual, count)
  const many = (make: () => BenchQuery): BenchQuery[] => Array.from({ length: QUERIES_PER_KIND }, make)
  const few = (): number => 2 + random.below(2)
  return [
    ...many(() => ({ kind: 'term_rare', mode: 'or', words: [random.pick(rare)] })),
    ...many(() => ({ kind: 'term_medium', mode: 'or', words: [random.pick(medium)] })),
    ...many(() => ({ kind: 'term_frequent', mode: 'or', words: [random.pick(frequent)] })),
    ...many(() => ({ kind: 'or', mode: 'or', words: together(few()) })),
    ...many(() => ({ kind: 'and', mode: 'and', words: together(few()) })),
    ...many(() => ({ kind: 'phrase', mode: 'phrase', words: pickPhrase(random, samples, few()) })),
    ...many(() => ({ kind: 'prefix', mode: 'prefix', words: [random.pick(medium).slice(0, 3 + random.below(3))] })),
    ...many(() => ({ kind: 'fuzzy', mode: 'fuzzy', words: [misspell(random, pickLong(random, medium))] })),
    ...many(() => ({
      kind: 'filtered_keyword',
      mode: 'or',
      words: together(2),
      filter: pickKeyword(random, samples, corpus),
    })),
    ...many(() => ({
      kind: 'filtered_range',
      mode: 'or',
      words: together(2),
      filter: pickRange(random, samples, corpus),
    })),
  ]
}

async function scan(
  corpus: Corpus,
  scanned: number,
  random: SeededRandom,
): Promise<{ frequencies: Map<string, number>; samples: Sample[] }> {
  const frequencies = new Map<string, number>()
  const samples: Sample[] = []
  const chance = (SAMPLES * 4) / scanned
  let read = 0
  for await (const batch of readBatches(corpus.file, 1_000)) {
    if (read >= scanned) break
    for (const document of batch) {
      read++
      const text = corpus.textFields.map((field) => `${document[field] ?? ''}`.toLowerCase()).join(' \n ')
      for (const word of new Set(text.match(WORD))) frequencies.set(word, (frequencies.get(word) ?? 0) + 1)
      if (random.number() > chance) continue
      const runs = (text.match(RUN) ?? []).map((run) => run.split(' ')).filter((run) => run.length >= 3)
      if (runs.length > 0) samples.push({ document, phrase: random.pick(runs) })
    }
  }
  return { frequencies, samples }
}

function pickTogether(
  random: SeededRandom,
  samples: readonly Sample[],
  usual: ReadonlySet<string>,
  count: number,
): string[] {
  for (;;) {
    const words = Array.from(new Set(random.pick(samples).phrase.filter((word) => usual.has(word))))
    if (words.length < count) continue
    return Array.from({ length: count }, () => words.splice(random.below(words.length), 1)[0]!)
  }
}

function pickPhrase(random: SeededRandom, samples: readonly Sample[], count: number): string[] {
  for (;;) {
    const run = random.pick(samples).phrase
    const start = random.below(run.length)
    const words = run.slice(start, start + count)
    if (words.length === count && words.every(isPlain)) return words
  }
}

function pickLong(random: SeededRandom, words: readonly string[]): string {
  const long = words.filter((word) => word.length >= 6)
  return random.pick(long.length > 0 ? long : words)
}

/** Changes, drops or doubles one letter, but never the first. */
function misspell(random: SeededRandom, word: string): string {
  const at = 1 + random.below(word.length - 1)
  const letter = random.pick(['', `${word[at]}${word[at]}`, random.pick([...'etaoinshr'])])
  return word.slice(0, at) + letter + word.slice(at + 1)
}

function pickKeyword(
  random: SeededRandom,
  samples: readonly Sample[],
  corpus: Corpus,
): NonNullable<BenchQuery['filter']> {
  return { field: corpus.keywordField, equals: `${random.pick(samples).document[corpus.keywordField]}` }
}

function pickRange(
  random: SeededRandom,
  samples: readonly Sample[],
  corpus: Corpus,
): NonNullable<BenchQuery['filter']> {
  const from = Number(random.pick(samples).document[corpus.numberField])
  return { field: corpus.numberField, from, to: from + 1 + random.below(10) }
}

const GAME_MODES = { union: 'or', intersection: 'and', phrase: 'phrase' } as const

/** Reads the queries of the Search Benchmark Game with plain words, by the tag for their mode. */
async function readGame(data: string): Promise<BenchQuery[]> {
  const queries: BenchQuery[] = []
  for await (const line of readJsonLines<{ query: string; tags: string[] }>(
    `${data}/queries/search-benchmark-game.txt`,
  )) {
    const tag = (['union', 'intersection', 'phrase'] as const).find((mode) => line.tags.includes(mode))
    const words = line.query.toLowerCase().match(WORD) ?? []
    if (!tag || words.length < 2 || !words.every(isPlain)) continue
    queries.push({ kind: `game_${tag}`, mode: GAME_MODES[tag], words })
  }
  return QUERY_KINDS.flatMap((kind) => queries.filter((query) => query.kind === kind).slice(0, QUERIES_PER_KIND))
}

/** Reads real questions: without stop words, so that every engine does the same work, and as they were asked. */
async function readQuestions(data: string): Promise<BenchQuery[]> {
  const all: string[][] = []
  for await (const line of readJsonLines<{ text: string }>(`${data}/ir/squad/queries.jsonl.gz`)) {
    const words = line.text.toLowerCase().match(WORD) ?? []
    if (words.some(isMeaningful)) all.push(words)
  }
  const random = seededRandom(SEED)
  const asked = Array.from({ length: QUESTIONS }, () => all.splice(random.below(all.length), 1)[0]!)
  return [
    ...asked.map((words): BenchQuery => {
      return { kind: 'question', mode: 'or', words: words.filter(isMeaningful) }
    }),
    ...asked.map((words): BenchQuery => ({ kind: 'question_raw', mode: 'or', words })),
  ]
}

/** Excludes stop words, and single letters, which remain from possessives. */
function isMeaningful(word: string): boolean {
  return word.length > 1 && !STOP_WORDS.has(word)
}

function isPlain(word: string): boolean {
  return /^[a-z]{3,}$/.test(word) && !STOP_WORDS.has(word)
}
