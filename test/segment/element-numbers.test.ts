import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsetAdd, newBitset } from '../../core/bytes/bitset.ts'
import { COLUMN_BLOCK_DOCS, type Column } from '../../core/columns/column.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { compactSegments } from '../../core/segment/merge/compact-segments.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import { buildSegment } from '../../core/segment/write/build-segment.ts'
import { loadAnalyzers, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const schema = parseSchema({
  fields: { 'authors.name': 'keyword', 'authors.age': 'integer', 'orders.items.color': 'keyword', tags: 'keyword' },
})
const numberOf = (name: string) => schema.fields.find((field) => field.name === name)!.number

type Author = { readonly name?: string | readonly string[]; readonly age?: number }
const author: fc.Arbitrary<Author> = fc.record(
  {
    name: fc.oneof(fc.constantFrom('ann', 'bob'), fc.array(fc.constantFrom('ann', 'bob', 'cid'), { maxLength: 3 })),
    age: fc.nat(90),
  },
  { requiredKeys: [] },
)
const authors = fc.oneof(fc.array(author, { maxLength: 4 }), author)

test('values have the number of their element in the outermost array of objects', () => {
  const document = {
    authors: [{ name: 'ann', age: 1 }, { age: 2 }, { name: ['bob', 'cid'] }],
    orders: [{ items: [{ color: 'red' }, { color: 'blue' }] }, { items: { color: 'green' } }],
    tags: ['x', 'y'],
    'authors.age': 3,
  }
  const { fields } = flattenDocument(schema, document, 0)
  expect(fields.map(({ field, elements }) => [field.name, elements])).toEqual([
    ['authors.name', [0, 2, 2]],
    ['authors.age', [0, 1, 0]],
    ['orders.items.color', [0, 0, 1]],
    ['tags', undefined],
  ])
})

test('values of one element are found together, also after compaction', async () => {
  const some = fc.array(fc.record({ authors, isDeleted: fc.boolean() }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(some, async (all) => {
      const store = memoryStore()
      const built = build(all.map(({ authors }, i) => toDocument(authors, i)))
      await store.put(segmentKey('p/', built.file), built.bytes)
      const reader = await openSegment(store, 'p/', built.file)
      expect(await readAuthors(store, built.file)).toEqual(all.map(({ authors }) => grouped(authors)))

      const tombstones = newBitset(all.length)
      for (const [doc, { isDeleted }] of all.entries()) if (isDeleted) bitsetAdd(tombstones, doc)
      const merged = await drain(
        compactSegments({ sources: [{ store, reader, tombstones }], name: '2-merged', schemaVersion: 1 }),
      )
      await store.put(segmentKey('p/', merged.file), merged.bytes)
      const left = all.filter(({ isDeleted }) => !isDeleted).map(({ authors }) => grouped(authors))
      expect(await readAuthors(store, merged.file)).toEqual(left)
    }),
    { numRuns: 100 },
  )
})

test('nothing is written for documents with one object or none', async () => {
  const { bytes, file } = build([toDocument([{ name: ['ann', 'bob'], age: 3 }], 0), toDocument({ age: 4 }, 1)])
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const { footer } = await openSegment(store, 'p/', file)
  expect(footer.sections.filter(({ kind }) => kind === SectionKind.elements)).toEqual([])
})

function toDocument(authors: Author | readonly Author[], i: number) {
  const id = String(i).padStart(3, '0')
  return { id, fields: flattenDocument(schema, { authors }, 0).fields, json: Buffer.from(`{"id":"${id}"}`) }
}

function build(documents: Parameters<typeof buildSegment>[0]['documents']) {
  return buildSegment({ schema, name: '1-built', documents, analyzers })
}

/** Names and age of each element that has a value. */
function grouped(authors: Author | readonly Author[]): unknown[] {
  const list = Array.isArray(authors) ? (authors as readonly Author[]) : [authors as Author]
  return list
    .map(({ name = [], age }) => ({ names: [name].flat(), ages: age === undefined ? [] : [age] }))
    .filter(({ names, ages }) => names.length + ages.length > 0)
}

async function readAuthors(store: ReturnType<typeof memoryStore>, file: SegmentFile) {
  const reader = await openSegment(store, 'p/', file)
  const read = async (name: string) => ({
    values: await carryOut(store, reader.columns.read(numberOf(name))),
    elements: await carryOut(store, reader.columns.elements(numberOf(name))),
  })
  const [names, ages] = [await read('authors.name'), await read('authors.age')]
  const size = reader.terms.laneSize(numberOf('authors.name'), 'keyword')
  const strings = await carryOut(
    store,
    reader.terms.valuesAt(
      numberOf('authors.name'),
      Array.from({ length: size }, (_, i) => i),
    ),
  )
  return Array.from({ length: reader.docCount }, (_, doc) => {
    const found = new Map<number, { names: string[]; ages: number[] }>()
    const at = (element: number) => found.get(element) ?? found.set(element, { names: [], ages: [] }).get(element)!
    for (const [value, element] of pairs(names, doc)) at(element).names.push(strings[value]!)
    for (const [value, element] of pairs(ages, doc)) at(element).ages.push(value)
    return [...found].sort(([a], [b]) => a - b).map(([, author]) => author)
  })
}

function pairs({ values, elements }: { values: Column; elements: Column }, doc: number): [number, number][] {
  const own = valuesOf(values, doc)
  const numbers = valuesOf(elements, doc)
  if (numbers.length > 0) expect(numbers).toHaveLength(own.length)
  return own.map((value, v) => [value, numbers[v] ?? 0])
}

function valuesOf({ blocks }: Column, doc: number): number[] {
  const block = blocks[Math.floor(doc / COLUMN_BLOCK_DOCS)]
  if (block === undefined) return []
  if (block.starts !== undefined)
    return Array.from(block.values.slice(block.starts[doc], block.starts[doc + 1]), Number)
  return block.present === undefined || (block.present[doc >>> 5]! & (1 << (doc & 31))) !== 0
    ? [Number(block.values[doc])]
    : []
}

async function drain(merge: AsyncGenerator<Uint8Array, SegmentFile>) {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = await merge.next()
    if (next.done) return { bytes: Buffer.concat(chunks), file: next.value }
    chunks.push(next.value)
  }
}
