import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Engine, SchemaDeclaration } from '../core/engine/engine.ts'
import { open } from '../core/open/open.ts'
import { measureQuality, type RetrievalQuality } from '../test/evaluation/ir-metrics.ts'
import { type IrSet, readIrSet, readReference } from '../test/evaluation/ir-set.ts'
import { asOneField, idsOf, rankQueries } from '../test/evaluation/rank-queries.ts'
import { findTestData } from '../test/evaluation/test-data.ts'
import { table } from './report/table.ts'

/**
 * Measures how well Prism ranks. Every test collection is indexed twice: with the same analysis
 * as the independent BM25, and with title and text as separate fields with default options.
 */
const SETS: { readonly [name: string]: string } = {
  scifact: 'english',
  squad: 'english',
  cranfield: 'english',
  cisi: 'english',
  medline: 'english',
  npl_vaswani: 'english',
  'xquad/en': 'english',
  'xquad/de': 'german',
  'xquad/es': 'spanish',
  'xquad/ru': 'russian',
  'xquad/ar': 'arabic',
  'xquad/zh': 'chinese',
}

const data = findTestData()
if (!data) throw new Error('the real data are missing: set PRISM_TEST_DATA to their folder')
const folder = mkdtempSync(`${tmpdir()}/prism-quality-`)
const { engine } = await open({ data: folder })
const rows: string[][] = []
try {
  for (const [name, language] of Object.entries(SETS))
    rows.push(await measureSet(engine, await readIrSet(data, name), language))
} finally {
  await engine.close()
  rmSync(folder, { recursive: true })
}
const header = ['set', 'queries', 'nDCG@10', 'reference', 'difference', 'R@100', 'reference', 'MRR@10', 'reference']
console.log(table([...header, 'nDCG@10 as given', 'R@100', 'MRR@10'], rows))

async function measureSet(engine: Engine, set: IrSet, language: string): Promise<string[]> {
  const name = set.name.replace('/', '-')
  const one = { fields: { text: { type: 'text', language, stop_words: 'index' } } } as const
  const two = { fields: { title: { type: 'text', language }, text: { type: 'text', language } } } as const
  const like = await measureLayout(engine, `${name}-one`, set, one, asOneField(set))
  const given = await measureLayout(engine, `${name}-two`, set, two, set.documents)
  const reference = readReference(data!, set.name)
  const difference = reference ? (like.ndcg10 - reference.ndcg10).toFixed(4) : '–'
  const pair = (measure: keyof RetrievalQuality): string[] => [show(like[measure]), show(reference?.[measure])]
  const [ndcg, ndcgReference] = pair('ndcg10')
  const asGiven = [given.ndcg10, given.recall100, given.mrr10].map(show)
  return [
    set.name,
    `${like.queries}`,
    ndcg!,
    ndcgReference!,
    difference,
    ...pair('recall100'),
    ...pair('mrr10'),
    ...asGiven,
  ]
}

async function measureLayout(
  engine: Engine,
  collection: string,
  set: IrSet,
  schema: SchemaDeclaration,
  documents: readonly object[],
): Promise<RetrievalQuality & { readonly queries: number }> {
  await engine.createCollection(collection, { schema })
  for (let at = 0; at < documents.length; at += 5_000) {
    await engine.writeDocuments(collection, documents.slice(at, at + 5_000))
  }
  return measureQuality(idsOf(await rankQueries(engine, collection, set.queries)), set.judged)
}

function show(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(4)
}
