import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SchemaDeclaration } from '../../core/engine/engine.ts'
import { measureQuality, type RetrievalQuality } from './ir-metrics.ts'
import { importByCli } from './ir-places.ts'
import { type IrSet, readIrSet, readReference } from './ir-set.ts'
import { type OpenPlace, openFolderPlace, openServerPlace } from './open-place.ts'
import { asOneField, compareRankings, idsOf, type Rankings, rankQueries } from './rank-queries.ts'
import { seededRandom } from './seeded-random.ts'
import { isLeftOut, requireTestData } from './test-data.ts'

const SHARD_COUNTS = [1, 4, 16]
/** Title and text in one field, ranked as the reference was measured. */
const ONE_FIELD: SchemaDeclaration = { fields: { text: { type: 'text', stop_words: 'index' } } }
const TWO_FIELDS: SchemaDeclaration = { fields: { title: 'text', text: 'text' } }

/** nDCG@10 of two fields, measured. Ranking is deterministic, so that another figure means other ranking. */
const TWO_FIELDS_NDCG: { readonly [set: string]: number } = { scifact: 0.6748, squad: 0.8664 }

describe.skipIf(isLeftOut()).each(['scifact', 'squad'])('%s', (name) => {
  let data: string
  let set: IrSet
  let folder: string
  let places: readonly OpenPlace[]
  /** One shard in a folder, written by the command line. */
  let expected: Rankings

  beforeAll(async () => {
    data = requireTestData()
    set = await readIrSet(data, name)
    folder = await mkdtemp(join(tmpdir(), 'prism-ir-'))
    places = [openFolderPlace(folder), await openServerPlace()]
    expected = await rankIn(places[0]!, 'baseline', { schema: ONE_FIELD, shards: 1 }, asOneField(set))
  })

  afterAll(async () => {
    for (const place of places ?? []) await place.close()
    await rm(folder, { recursive: true })
  })

  test('title and text as one field rank as well as an independent BM25 does', () => {
    const reference = readReference(data, name)!
    const quality = measureQuality(idsOf(expected), set.judged)
    report('one field', quality, reference)

    expect(Math.abs(quality.ndcg10 - reference.ndcg10)).toBeLessThanOrEqual(0.005)
    expect(Math.abs(quality.recall100 - reference.recall100)).toBeLessThanOrEqual(0.01)
  })

  test('two fields with nothing else declared rank as they did when they were measured', async () => {
    const reference = readReference(data, name)!
    const rankings = await rankIn(places[0]!, 'default', { schema: TWO_FIELDS, shards: 1 }, set.documents)
    const quality = measureQuality(idsOf(rankings), set.judged)
    report('two fields', quality, reference)

    expect(quality.ndcg10).toBeCloseTo(TWO_FIELDS_NDCG[name]!, 3)
    expect(Math.abs(quality.recall100 - reference.recall100)).toBeLessThanOrEqual(0.015)
  })

  test.each(SHARD_COUNTS)('a folder and servers rank alike with %i shards', async (shards) => {
    for (const place of places) {
      const found = await rankIn(place, `shards-${shards}`, { schema: ONE_FIELD, shards }, asOneField(set))

      expect(compareRankings(expected, found), place.name).toEqual([])
    }
  })

  test('batches of any size in any order rank alike, before and after compaction', async () => {
    for (const place of places) {
      const engine = await place.open()
      try {
        await engine.createCollection('batches', { schema: ONE_FIELD, shards: 4 })
        for (const batch of shuffledBatches(asOneField(set))) await engine.writeDocuments('batches', batch)
        const written = await rankQueries(engine, 'batches', set.queries)
        await engine.compact('batches')
        const compacted = await rankQueries(engine, 'batches', set.queries)

        expect(compareRankings(expected, written), `${place.name}, as written`).toEqual([])
        expect(compareRankings(expected, compacted), `${place.name}, compacted`).toEqual([])
      } finally {
        await engine.close()
      }
    }
  })

  test('after full compaction nothing is left of replaced and deleted documents', async () => {
    const engine = await places[0]!.open()
    const documents = asOneField(set)
    try {
      await engine.createCollection('replaced', { schema: ONE_FIELD, shards: 4 })
      const former = documents.map(({ id, text }) => ({ id, text: text.split(' ').reverse().join(' cat ') }))
      await engine.writeDocuments('replaced', [...former, { id: 'gone', text: documents[0]!.text }])
      for (const batch of shuffledBatches(documents)) await engine.writeDocuments('replaced', batch)
      await engine.deleteDocuments('replaced', { ids: ['gone'] })
      await engine.compact('replaced')
      const found = await rankQueries(engine, 'replaced', set.queries)

      expect(compareRankings(expected, found)).toEqual([])
    } finally {
      await engine.close()
    }
  })

  async function rankIn(
    place: OpenPlace,
    collection: string,
    request: { readonly schema: SchemaDeclaration; readonly shards: number },
    documents: readonly object[],
  ): Promise<Rankings> {
    const creator = await place.open()
    await creator.createCollection(collection, request)
    await creator.close()
    await importByCli(place, collection, documents)
    const engine = await place.open()
    try {
      const { documents: count } = await engine.getCollection(collection)
      expect(count).toBe(documents.length)
      return await rankQueries(engine, collection, set.queries)
    } finally {
      await engine.close()
    }
  }

  function report(what: string, found: RetrievalQuality, reference: RetrievalQuality): void {
    const show = (measure: keyof RetrievalQuality): string => `${found[measure].toFixed(4)} (${reference[measure]})`
    process.stderr.write(
      `${name}, ${what}: nDCG@10 ${show('ndcg10')}, R@100 ${show('recall100')}, MRR@10 ${show('mrr10')}, in brackets the reference\n`,
    )
  }
})

/** From single documents to thousands, in an order that is not that of the ids. */
function shuffledBatches<Document>(documents: readonly Document[]): Document[][] {
  const random = seededRandom(7)
  const left = documents.slice()
  for (let i = left.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const moved = left[i]!
    left[i] = left[j]!
    left[j] = moved
  }
  const batches: Document[][] = []
  while (left.length > 0) batches.push(left.splice(0, random.pick([1, 7, 50, 400, 2_000])))
  return batches
}
