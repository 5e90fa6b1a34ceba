import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANALYZER_VERSION } from '../../core/analysis/text-analyzer.ts'
import { bitsetMembers } from '../../core/bytes/bitset.ts'
import type { ColumnBlock } from '../../core/columns/column.ts'
import type { Lane } from '../../core/dictionary/lane.ts'
import type { FieldNumber, FieldValue } from '../../core/fields/field.ts'
import { KEYWORD_BYTES_MAX } from '../../core/fields/field.ts'
import { VALUE_GAP } from '../../core/fields/words-builder.ts'
import { DocumentHasher } from '../../core/segment/format/document-hash.ts'
import { encodeIds } from '../../core/segment/format/encoded-ids.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { HEADER_BYTES } from '../../core/segment/format/segment-format.ts'
import { describeSegment } from '../../core/segment/read/describe-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { compareUtf8, utf8ByteLength } from '../../core/utf8.ts'
import { readPositions } from '../postings/read-positions.ts'
import { documents, FIELDS, loadAnalyzers, manyDocuments, open } from './generate-documents.ts'
import { decodeBlock, readEverything } from './read-everything.ts'

const analyzers = await loadAnalyzers()

test('documents, ids and hashes are returned in the order of the docIds', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.array(fc.nat(60)), async (list, picks) => {
      const { store, reader } = await open(list, analyzers)
      const docIds = picks.filter((docId) => docId < list.length)
      expect(await carryOut(store, reader.ids.read(docIds))).toEqual(docIds.map((docId) => list[docId]!.id))
      expect((await carryOut(store, reader.documents.read(docIds))).map(textOf)).toEqual(
        docIds.map((d) => textOf(list[d]!.json)),
      )
      expect(Buffer.from(await carryOut(store, reader.hashes.read(docIds)))).toEqual(
        hashesOf(docIds.map((d) => list[d]!)),
      )
    }),
    { numRuns: 40 },
  )
})

test('ids of the segment are found, and others are not', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.array(fc.string({ unit: 'binary', maxLength: 4 })), async (list, others) => {
      const { store, reader } = await open(list, analyzers)
      const wanted = [...new Set([...list.map(({ id }) => id), ...others])].sort(compareUtf8)
      const found = await carryOut(store, reader.ids.find(encodeIds(wanted)))
      expect([...found]).toEqual(wanted.map((id) => list.findIndex((document) => document.id === id)))
      for (const id of wanted) {
        const after = list.filter((document) => compareUtf8(document.id, id) <= 0).length
        expect(await carryOut(store, reader.ids.firstAfter(id))).toBe(after)
      }
    }),
    { numRuns: 40 },
  )
})

test('dictionaries, postings, positions and lengths are those of the analysed texts', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (list) => {
      const { store, reader } = await open(list, analyzers)
      for (const { number, type } of FIELDS) {
        if (type !== 'text') continue
        const expected = analyse(list, number)
        expect(await termsOf(store, reader, number)).toEqual(expected.terms)
        expect(await formsOf(store, reader, number)).toEqual(expected.forms)
        expect([...(await carryOut(store, reader.columns.lengths(number)))]).toEqual(expected.lengths)
      }
    }),
    { numRuns: 40 },
  )
})

test('keywords have postings, columns have values, and exists covers both', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (list) => {
      const { store, reader } = await open(list, analyzers)
      for (const { number, type, keywords, column } of FIELDS) {
        const values = list.map(({ fields }) => fields.find(({ field }) => field.number === number)?.values ?? [])
        expect([...bitsetMembers(await carryOut(store, reader.columns.exists(number)))]).toEqual(
          indexesOf(values, (v) => v.length > 0),
        )
        const isKeyword = type === 'keyword' || keywords
        const kept = values.map((v) =>
          isKeyword ? v.filter((s) => utf8ByteLength(String(s)) <= KEYWORD_BYTES_MAX) : v,
        )
        if (isKeyword) expect(await keywordsOf(store, reader, number)).toEqual(invert(kept))
        if (column) expect(await columnOf(store, reader, number)).toEqual(kept.map((v) => v.map(normal)))
      }
    }),
    { numRuns: 40 },
  )
})

test('scanning a range of a lane gives entries from its start up to, but without, its end', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.string({ maxLength: 2 }), fc.string({ maxLength: 2 }), async (list, from, to) => {
      const { store, reader } = await open(list, analyzers)
      const all = (await carryOut(store, reader.terms.scan(0, 'text', { from: '' }))).map(({ term }) => term)
      const within = all.filter((term) => compareUtf8(term, from) >= 0 && compareUtf8(term, to) < 0)
      expect((await carryOut(store, reader.terms.scan(0, 'text', { from, to }))).map(({ term }) => term)).toEqual(
        within,
      )
    }),
    { numRuns: 40 },
  )
})

test('a store may answer with Buffers at any offset of a larger buffer', async () => {
  for (const count of [2, 1_010]) {
    const { store, file } = await open(manyDocuments(count), analyzers)
    const pooled: ObjectStore = { ...store, get: async (key, range) => atOddOffset(await store.get(key, range)) }
    expect(await readEverything(pooled, 'c/u/s/0/', file)).toBe(await readEverything(store, 'c/u/s/0/', file))
  }
})

test('a segment describes its fields and sections', async () => {
  const { reader, file } = await open(manyDocuments(5), analyzers)
  const { fields, sections } = describeSegment(reader)
  expect(fields.map(({ name, analyzer }) => [name, analyzer])).toEqual(
    FIELDS.map(({ name, type, language }) => [name, type === 'text' ? `${language} ${ANALYZER_VERSION}` : null]),
  )
  expect(fields[2]).toMatchObject({ keywords: 2, terms: 0, forms: 0 })
  const sizes = sections.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(sizes + HEADER_BYTES + file.footerSize).toBe(file.byteSize)
})

type Analysed = {
  terms: Map<string, { doc: number; positions: number[] }[]>
  /** What prefixes and wildcards match: every form with its documents, whichever lane holds it. */
  forms: Map<string, number[]>
  lengths: number[]
}

/** The same, computed from the texts word by word. */
function analyse(list: readonly IndexableDocument[], number: FieldNumber): Analysed {
  const analyzer = analyzers.get(FIELDS[number]!.language)
  const withoutStopWords = FIELDS[number]!.stopWords === 'index'
  const terms: Analysed['terms'] = new Map()
  const forms = new Map<string, Set<number>>()
  const lengths = list.map(({ fields }, doc) => {
    const values = fields.find(({ field }) => field.number === number)?.values
    if (values === undefined) return 0
    let base = 0
    let length = 0
    for (const value of values) {
      const tokens = analyzer.analyze(value as string)
      for (const { term, form, position, stopWord } of tokens) {
        if (withoutStopWords && stopWord) continue
        length++
        const postings = upsert(terms, term, () => [])
        if (postings.at(-1)?.doc !== doc) postings.push({ doc, positions: [] })
        postings.at(-1)!.positions.push(base + position)
        upsert(forms, form, () => new Set<number>()).add(doc)
      }
      if (tokens.length > 0) base += tokens.at(-1)!.position + VALUE_GAP
    }
    return length + 1
  })
  return { terms: sorted(terms), forms: sorted(new Map([...forms].map(([form, docs]) => [form, [...docs]]))), lengths }
}

async function termsOf(store: ObjectStore, reader: SegmentReader, field: FieldNumber): Promise<Analysed['terms']> {
  const entries = await carryOut(store, reader.terms.scan(field, 'text', { from: '' }))
  const postings = await carryOut(store, reader.terms.postings(entries))
  const positions = await carryOut(store, reader.terms.positions(entries))
  return new Map(
    entries.map(({ term }, i) => {
      const list = postings[i]!
      const documents = Array.from({ length: list.blockCount }, (_, b) => {
        const { docs, freqs } = decodeBlock(list, b)
        const all = readPositions(positions[i]!, b, freqs!)
        return Array.from(docs, (doc, d) => ({ doc, positions: all.splice(0, freqs![d]!) }))
      })
      return [term, documents.flat()]
    }),
  )
}

async function formsOf(store: ObjectStore, reader: SegmentReader, field: FieldNumber): Promise<Analysed['forms']> {
  const terms = (await carryOut(store, reader.terms.scan(field, 'text', { from: '' }))).filter(({ ownForm }) => ownForm)
  const forms = await carryOut(store, reader.terms.scan(field, 'form', { from: '' }))
  const lists = await carryOut(store, reader.terms.postings([...terms, ...forms]))
  const documents = new Map<string, Set<number>>()
  for (const [i, { term }] of [...terms, ...forms].entries()) {
    const known = upsert(documents, term, () => new Set<number>())
    for (const doc of docsOf(lists[i]!)) known.add(doc)
  }
  return sorted(new Map([...documents].map(([form, docs]) => [form, [...docs].sort((a, b) => a - b)])))
}

async function keywordsOf(
  store: ObjectStore,
  reader: SegmentReader,
  field: FieldNumber,
): Promise<Map<string, number[]>> {
  const values = await carryOut(
    store,
    reader.terms.valuesAt(
      field,
      Array.from({ length: reader.terms.laneSize(field, 'keyword') }, (_, i) => i),
    ),
  )
  const keys = values.map((term) => ({ field, lane: 'keyword' as Lane, term }))
  const entries = (await carryOut(store, reader.terms.lookup(keys))).map((entry) => entry!)
  const lists = await carryOut(store, reader.terms.postings(entries))
  return new Map(values.map((value, i) => [value, docsOf(lists[i]!)]))
}

async function columnOf(store: ObjectStore, reader: SegmentReader, field: FieldNumber): Promise<FieldValue[][]> {
  const isKeyword = reader.terms.laneSize(field, 'keyword') > 0
  const { blocks } = await carryOut(store, reader.columns.read(field))
  const lists =
    blocks.length === 0
      ? Array.from({ length: reader.docCount }, () => [])
      : blocks.flatMap((block) => valuesOf(block, reader.docCount))
  if (!isKeyword) return lists.map((list) => list.map(normal))
  return Promise.all(lists.map((list) => carryOut(store, reader.terms.valuesAt(field, list.map(Number)))))
}

function valuesOf(block: ColumnBlock | undefined, docCount: number): (number | bigint)[][] {
  if (block === undefined) return Array.from({ length: docCount }, () => [])
  const all = Array.from(block.values as Float64Array)
  return Array.from({ length: block.docCount }, (_, i) => {
    if (block.starts !== undefined) return all.slice(block.starts[i], block.starts[i + 1])
    return block.present === undefined || (block.present[i >>> 5]! >>> (i & 31)) & 1 ? [all[i]!] : []
  })
}

/** Converts values to what columns hold: booleans as 0 and 1, whole numbers of any size alike. */
function normal(value: FieldValue): FieldValue {
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'bigint' && BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value
}

function invert(values: readonly (readonly FieldValue[])[]): Map<string, number[]> {
  const inverted = new Map<string, Set<number>>()
  for (const [doc, list] of values.entries()) {
    for (const value of list) upsert(inverted, String(value), () => new Set<number>()).add(doc)
  }
  return sorted(new Map([...inverted].map(([value, docs]) => [value, [...docs]])))
}

function docsOf(list: Parameters<typeof decodeBlock>[0]): number[] {
  return Array.from({ length: list.blockCount }, (_, b) => Array.from(decodeBlock(list, b).docs)).flat()
}

function indexesOf<T>(list: readonly T[], test: (item: T) => boolean): number[] {
  return [...list.keys()].filter((i) => test(list[i]!))
}

function upsert<T>(map: Map<string, T>, key: string, make: () => T): T {
  if (!map.has(key)) map.set(key, make())
  return map.get(key)!
}

function sorted<T>(map: Map<string, T>): Map<string, T> {
  return new Map([...map].sort(([a], [b]) => compareUtf8(a, b)))
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

function hashesOf(list: readonly IndexableDocument[]): Buffer {
  const hashes = new Uint8Array(list.length * 16)
  const hasher = new DocumentHasher()
  for (const [i, document] of list.entries()) hasher.hashInto(document, hashes, i * 16)
  return Buffer.from(hashes)
}

function atOddOffset(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 64, 0x5a)
  pool.set(bytes, 13)
  return pool.subarray(13, 13 + bytes.length)
}
