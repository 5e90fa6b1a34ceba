import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import { type Bitset, bitsetAdd, newBitset } from '../../bytes/bitset.ts'
import { PrefixUnions, UNION_DOCS_MIN } from '../../dictionary/prefix-unions.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { type MergeSource, PostingsMerger, TOMBSTONE } from '../../postings/merge-postings.ts'
import type { PostingList } from '../../postings/posting-list.ts'
import { LaneWriter } from '../format/lane-writer.ts'
import type { SegmentWriter } from '../format/segment-writer.ts'
import { compareBytes, LaneMerge, type Member, openLane } from './lane-merge.ts'
import type { LiveSource, MergeOrder } from './live-documents.ts'

/** A merge under way. */
export type Merge = {
  readonly out: SegmentWriter
  readonly sources: readonly LiveSource[]
  readonly order: MergeOrder
  /** Bytes of a lane that are held in memory before they are written as a piece. */
  readonly pieceBytesMax: number
}

/**
 * Merges the keyword lanes or the whole lanes of a field.
 *
 * @returns the new ordinal by old ordinal, for each source
 */
export async function* mergeValues(
  merge: Merge,
  { field, lane }: { readonly field: FieldNumber; readonly lane: 'keyword' | 'whole' },
): AsyncGenerator<Uint8Array, Uint32Array[]> {
  const { out, sources, order } = merge
  const ordinals = sources.map(({ reader }) => new Uint32Array(reader.terms.laneSize(field, lane)))
  const writer = new LaneWriter(out, { field, lane })
  const merger = new PostingsMerger('documents')
  let next = 0
  const entries = new LaneMerge(await openLane(sources, { field, lane }, { lists: 'postings' }))
  yield* writeEntries(merge, { entries, writer }, (group) => {
    writer.dictionary.begin(group[0]!.cursor.term!)
    const lists = group.map(({ cursor, s }) => ({ postings: cursor.postings(), map: order.maps[s]! }))
    if (merger.merge(lists, writer.dictionary) === 0) return
    writer.dictionary.end()
    for (const { cursor, s } of group) ordinals[s]![cursor.ordinal] = next
    next++
  })
  return ordinals
}

/** Terms that begin or cease to be their own only form, for the merge of the form lane. */
type OwnForms = {
  /** For each source the ordinals of terms that were their own only form there and now have other forms. */
  readonly released: readonly Bitset[]
  /** Terms that had other forms in some source and now are their own only form. */
  readonly absorbed: ReadonlySet<string>
}

/** Merges the analysed lanes of a field. Drops forms without live documents. */
export async function* mergeText(merge: Merge, field: FieldNumber): AsyncGenerator<Uint8Array, void> {
  const own = yield* mergeTerms(merge, field)
  yield* mergeForms(merge, field, own)
  yield* mergePrefixes(merge, field)
  yield* mergeValues(merge, { field, lane: 'whole' })
}

async function* mergeTerms(merge: Merge, field: FieldNumber): AsyncGenerator<Uint8Array, OwnForms> {
  const { out, sources, order } = merge
  const changed = await Promise.all(sources.map((source, s) => findChangedTerms(source, field, order.maps[s]!)))
  const released = sources.map(({ reader }) => newBitset(reader.terms.laneSize(field, 'text')))
  const absorbed = new Set<string>()
  const writer = new LaneWriter(out, { field, lane: 'text' })
  const merger = new PostingsMerger('scored')
  const entries = new LaneMerge(await openLane(sources, { field, lane: 'text' }, { lists: 'positions' }))
  yield* writeEntries(merge, { entries, writer }, (group) => {
    const term = group[0]!.cursor.term!
    const isOther = group.some(({ cursor, s }) => !cursor.ownForm && (changed[s]!.get(textOf(term)) ?? true))
    writer.dictionary.begin(term, { ownForm: !isOther })
    const lists = group.map(({ cursor, s }): MergeSource => {
      return { postings: cursor.postings(), positions: cursor.positions(), map: order.maps[s]! }
    })
    if (merger.merge(lists, writer.dictionary) === 0) return
    writer.dictionary.end()
    for (const { cursor, s } of group) {
      if (isOther && cursor.ownForm) bitsetAdd(released[s]!, cursor.ordinal)
      if (!isOther && !cursor.ownForm) absorbed.add(textOf(term))
    }
  })
  return { released, absorbed }
}

async function* mergeForms(merge: Merge, field: FieldNumber, own: OwnForms): AsyncGenerator<Uint8Array, void> {
  const { out, sources, order } = merge
  const writer = new LaneWriter(out, { field, lane: 'form' })
  const merger = new PostingsMerger('documents')
  const forms = await openLane(sources, { field, lane: 'form' }, { lists: 'postings' })
  // A released term also becomes an entry of the form lane, with the term's documents.
  const terms = await openLane(sources, { field, lane: 'text' }, { lists: 'postings', only: own.released })
  const entries = new LaneMerge([...forms, ...terms])
  yield* writeEntries(merge, { entries, writer }, (group) => {
    const form = group[0]!.cursor.term!
    const { indexedTerm } = group[0]!.cursor
    if (own.absorbed.size > 0 && compareBytes(form, indexedTerm) === 0 && own.absorbed.has(textOf(form))) return
    writer.dictionary.begin(form, { indexedTerm })
    const lists = group.map(({ cursor, s }) => ({ postings: cursor.postings(), map: order.maps[s]! }))
    if (merger.merge(lists, writer.dictionary) > 0) writer.dictionary.end()
  })
}

/** Builds the unions of prefixes again from the forms: the sources' unions lack the forms of rare prefixes. */
async function* mergePrefixes(merge: Merge, field: FieldNumber): AsyncGenerator<Uint8Array, void> {
  const { out, sources, order } = merge
  if (order.docCount < UNION_DOCS_MIN) return
  const writer = new LaneWriter(out, { field, lane: 'prefix' })
  const unions = new PrefixUnions(writer.dictionary, order.docCount)
  const forms = await openLane(sources, { field, lane: 'form' }, { lists: 'postings' })
  const terms = await openLane(sources, { field, lane: 'text' }, { lists: 'postings' })
  const entries = new LaneMerge([...forms, ...terms])
  yield* writeEntries(merge, { entries, writer, end: () => unions.finish() }, (group) => {
    unions.begin(group[0]!.cursor.term!)
    for (const { cursor, s } of group) {
      if (!cursor.isForm) continue
      forEachSurvivor(cursor.postings(), order.maps[s]!, (doc) => unions.add(doc))
    }
  })
}

/** Calls `write` with each entry, yields complete chunks of the file, and completes the lane at the end. */
async function* writeEntries(
  { out, pieceBytesMax }: Merge,
  { entries, writer, end }: { readonly entries: LaneMerge; readonly writer: LaneWriter; readonly end?: () => void },
  write: (group: readonly Member[]) => void,
): AsyncGenerator<Uint8Array, void> {
  while (entries.group.length > 0) {
    write(entries.group)
    writer.flushIfLarge(pieceBytesMax)
    if (out.chunkCount > 0) yield* out.takeChunks()
    const pending = entries.advance()
    if (pending !== undefined) await pending
  }
  end?.()
  writer.finish()
}

/**
 * The terms of a source that lost a form because the form has no live documents, each with
 * whether a form other than the term itself remains. Usually few.
 */
async function findChangedTerms(
  source: LiveSource,
  field: FieldNumber,
  map: Uint32Array,
): Promise<ReadonlyMap<string, boolean>> {
  const changed = new Map<string, boolean>()
  if (source.tombstones === undefined) return changed
  for (const pass of ['lost', 'left'] as const) {
    const [forms] = await openLane([source], { field, lane: 'form' }, { lists: 'postings' })
    const { cursor } = forms!
    for (; cursor.term !== undefined; await cursor.advance()) {
      const term = textOf(cursor.indexedTerm)
      if (pass === 'left' && !changed.has(term)) continue
      const isLeft = hasSurvivor(cursor.postings(), map)
      if (pass === 'lost' && !isLeft) changed.set(term, false)
      if (pass === 'left' && isLeft && compareBytes(cursor.term, cursor.indexedTerm) !== 0) changed.set(term, true)
    }
    if (changed.size === 0) break
  }
  return changed
}

const survivorScratch = new Uint32Array(BLOCK_SIZE)

function hasSurvivor(list: PostingList, map: Uint32Array): boolean {
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, survivorScratch)
    for (let i = 0; i < list.blockLength(b); i++) if (map[survivorScratch[i]!] !== TOMBSTONE) return true
  }
  return false
}

/** Calls `visit` with the new docId of each live document of a list. */
function forEachSurvivor(list: PostingList, map: Uint32Array, visit: (doc: number) => void): void {
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, survivorScratch)
    for (let i = 0; i < list.blockLength(b); i++) {
      const doc = map[survivorScratch[i]!]!
      if (doc !== TOMBSTONE) visit(doc)
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
