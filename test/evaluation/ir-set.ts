import { existsSync, readFileSync } from 'node:fs'
import type { Judgements, RetrievalQuality } from './ir-metrics.ts'
import { readJsonLines } from './test-data.ts'

export type IrDocument = { readonly id: string; readonly title: string; readonly text: string }

export type IrQuery = { readonly id: string; readonly text: string }

/** A test collection: documents, queries, and which of them belong together. Only judged queries are in it. */
export type IrSet = {
  readonly name: string
  readonly documents: readonly IrDocument[]
  readonly queries: readonly IrQuery[]
  readonly judged: ReadonlyMap<string, Judgements>
}

type Line = { readonly _id: string; readonly title?: string; readonly text: string }

/** Reads the set `<data>/ir/<name>`, such as `scifact` or `xquad/de`. */
export async function readIrSet(data: string, name: string): Promise<IrSet> {
  const folder = `${data}/ir/${name}`
  const judged = readJudgements(folder)
  const documents: IrDocument[] = []
  for await (const line of readJsonLines<Line>(`${folder}/corpus.jsonl.gz`)) {
    documents.push({ id: line._id, title: line.title ?? '', text: line.text })
  }
  const queries: IrQuery[] = []
  for await (const line of readJsonLines<Line>(`${folder}/queries.jsonl.gz`)) {
    if (judged.has(line._id)) queries.push({ id: line._id, text: line.text })
  }
  return { name, documents, queries, judged }
}

/**
 * What an independent BM25 (k1 1.2, b 0.75) reached on a set, if it was measured there.
 */
export function readReference(data: string, name: string): RetrievalQuality | undefined {
  const lines = readFileSync(`${data}/ir/bm25_reference.jsonl`, 'utf8').split('\n').filter(Boolean)
  return lines
    .map((line) => JSON.parse(line) as RetrievalQuality & { set: string; k1: number })
    .find((line) => line.set === name && line.k1 === 1.2)
}

function readJudgements(folder: string): Map<string, Map<string, number>> {
  const file = ['train.tsv', 'public.tsv', 'all.tsv'].map((name) => `${folder}/${name}`).find(existsSync)
  const judged = new Map<string, Map<string, number>>()
  // The first line names the columns.
  for (const line of readFileSync(file!, 'utf8').split('\n').slice(1)) {
    const [query, document, relevance] = line.split('\t')
    if (document === undefined) continue
    const judgements = judged.get(query!) ?? new Map<string, number>()
    judgements.set(document, Number(relevance))
    judged.set(query!, judgements)
  }
  return judged
}
