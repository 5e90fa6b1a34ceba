import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { findTestData } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from './bench-document.ts'
import { generateDocuments } from './generated-documents.ts'
import { readTldrDocuments } from './tldr-documents.ts'

/** A data set for all engines: JSON Lines on disk, and the roles of the fields. */
export type Corpus = {
  readonly name: string
  readonly file: string
  readonly documents: number
  /** Size of the JSON Lines. */
  readonly bytes: number
  readonly textFields: readonly string[]
  /** Exact values to filter by. */
  readonly keywordField: string
  /** Whole numbers to filter by range. */
  readonly numberField: string
}

type Recipe = Pick<Corpus, 'textFields' | 'keywordField' | 'numberField'> & {
  readonly documents: (data: string, count: number) => AsyncIterable<BenchDocument>
}

const TLDR: Recipe = {
  textFields: ['title', 'text', 'code'],
  keywordField: 'lang',
  numberField: 'position',
  documents: readTldrDocuments,
}
const SENTENCES: Recipe = {
  textFields: ['text'],
  keywordField: 'kind',
  numberField: 'year',
  documents: generateDocuments,
}

const CORPORA: { readonly [name: string]: readonly [Recipe, count: number] } = {
  tldr: [TLDR, Number.POSITIVE_INFINITY],
  'tldr-tiny': [TLDR, 2_000],
  'sentences-tiny': [SENTENCES, 2_000],
  'sentences-10k': [SENTENCES, 10_000],
  'sentences-100k': [SENTENCES, 100_000],
  'sentences-200k': [SENTENCES, 200_000],
  'sentences-1m': [SENTENCES, 1_000_000],
}

/**
 * Opens a data set by name. The first use makes it and stores it in `<cache>/corpora`.
 *
 * @throws {Error} if no data set has that name, or the real data that it is made from are missing
 */
export async function openCorpus(name: string, cache: string): Promise<Corpus> {
  const [recipe, count] = CORPORA[name] ?? []
  if (!recipe || count === undefined) {
    throw new Error(`no corpus is named "${name}"; the corpora are ${Object.keys(CORPORA).join(', ')}`)
  }
  const file = `${cache}/corpora/${name}.jsonl`
  if (!existsSync(`${file}.json`)) await writeCorpus(recipe.documents, count, file)
  const size = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { documents: number; bytes: number }
  const { textFields, keywordField, numberField } = recipe
  return { name, file, ...size, textFields, keywordField, numberField }
}

async function writeCorpus(make: Recipe['documents'], count: number, file: string): Promise<void> {
  const data = findTestData()
  if (!data) throw new Error('the real data are missing: set PRISM_TEST_DATA to their folder')
  await mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true })
  const out = createWriteStream(`${file}.part`)
  let documents = 0
  let bytes = 0
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    const chunk = Buffer.from(lines.join(''))
    bytes += chunk.length
    lines = []
    if (!out.write(chunk)) await once(out, 'drain')
  }
  for await (const document of make(data, count)) {
    documents++
    if (lines.push(`${JSON.stringify(document)}\n`) === 1_000) await flush()
  }
  await flush()
  out.end()
  await once(out, 'finish')
  renameSync(`${file}.part`, file)
  writeFileSync(`${file}.json`, JSON.stringify({ documents, bytes }))
}
