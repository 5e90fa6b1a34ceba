import { assert } from '../../assert.ts'
import { bitsetHas } from '../../bytes/bitset.ts'
import { corrupt } from '../../bytes/checksum.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { FieldMerge, MergedFile } from '../../fields/field-kind.ts'
import { kindOf } from '../../fields/kinds.ts'
import { TOMBSTONE } from '../../postings/merge-postings.ts'
import { BloomSectionWriter } from '../format/bloom-section.ts'
import type { Effort } from '../format/document-blocks.ts'
import { HASH_BYTES, sumHashes } from '../format/document-hash.ts'
import { DocumentSectionWriter, documentDictionary, sampledDocIds } from '../format/document-section.ts'
import { writeHashSection } from '../format/hash-section.ts'
import { IdSectionWriter } from '../format/id-section.ts'
import { carryOut } from '../format/read-plan.ts'
import type { FieldTotals, SegmentFile, SideFile } from '../format/segment-entry.ts'
import { analyzerVersionOf, SectionKind, type SegmentField } from '../format/segment-format.ts'
import { SegmentWriter } from '../format/segment-writer.ts'
import { fileKey } from '../read/segment-files.ts'
import { type PutFile, putSideFile } from '../write/side-files.ts'
import {
  documentBytes,
  documentsPerBatch,
  LiveCursor,
  type LiveSource,
  liveCount,
  liveDocIds,
  type MergeOrder,
  planMerge,
} from './live-documents.ts'
import { mergeColumn, mergeContentLengths, mergeElements, mergeLengths, mergePresence } from './merge-columns.ts'
import { type Merge, mergeText, mergeValues } from './merge-lanes.ts'

export type MergeInput = {
  /** In any order; no id is live in two of them. */
  readonly sources: readonly LiveSource[]
  readonly name: string
  readonly schemaVersion: number
  /** How hard documents are compressed. Default: `small` from {@link SMALL_EFFORT_BYTES_MIN} on, otherwise `fast`. */
  readonly effort?: Effort
  /** Puts the files of the new segment other than its `.seg`. Required if a field has such files. */
  readonly putFile?: PutFile
  /** Bytes of a dictionary that are held in memory before they are written as a piece. */
  readonly pieceBytesMax?: number
}

/** Segments with fewer bytes of compressed documents are likely to be compacted again soon. */
export const SMALL_EFFORT_BYTES_MIN = 16 * 1024 * 1024

/** Default of `pieceBytesMax`. */
const PIECE_BYTES_MAX = 16 * 1024 * 1024

/**
 * Rewrites segments as one, without their deleted documents. Analyses nothing again, yet
 * yields the same bytes as building a segment from the live documents with the same effort.
 *
 * Yields the file in chunks. Holds a few numbers per document and about 20 MB of
 * buffers in memory, whatever the size of the segments.
 */
export async function* compactSegments(input: MergeInput): AsyncGenerator<Uint8Array, SegmentFile> {
  const { name, schemaVersion, sources } = input
  const out = new SegmentWriter()
  const order = yield* mergeIds(out, sources)
  const merge = { out, sources, order, pieceBytesMax: input.pieceBytesMax ?? PIECE_BYTES_MAX }
  const checksum = yield* mergeHashes(merge)
  yield* mergeDocuments(merge, input.effort ?? effortFor(sources))
  const fields: SegmentField[] = []
  const fieldTotals: FieldTotals[] = []
  const files: SideFile[] = []
  for (const field of fieldsOf(sources)) {
    const addFile: FieldMerge['file'] = async (file) => {
      files.push(await putSideFile(field.number, file, input.putFile))
    }
    const totals = yield* mergeField(merge, field, addFile)
    if (totals === undefined) continue
    fields.push(field)
    fieldTotals.push(...totals)
    yield* out.takeChunks()
  }
  const { docCount } = order
  const end = out.finish({ docCount, schemaVersion, fields })
  yield* out.takeChunks()
  return {
    ...{ name, schemaVersion, docCount, ...end, fieldTotals, checksum, files, shared: [] },
    analyzerVersion: analyzerVersionOf(fields),
    ranges: out.ranges.rangesOf(fields),
  }
}

/** Writes the ids and the Bloom filter. */
async function* mergeIds(out: SegmentWriter, sources: readonly LiveSource[]): AsyncGenerator<Uint8Array, MergeOrder> {
  const ids = new IdSectionWriter(out)
  const bloom = new BloomSectionWriter(sources.reduce((sum, source) => sum + liveCount(source), 0))
  const order = await planMerge(sources, (id) => {
    const bytes = Buffer.from(id)
    ids.add(bytes)
    bloom.add(bytes)
  })
  ids.finish()
  bloom.write(out)
  yield* out.takeChunks()
  return order
}

async function* mergeHashes({ out, sources, order }: Merge): AsyncGenerator<Uint8Array, Uint8Array> {
  const hashes = new Uint8Array(order.docCount * HASH_BYTES)
  const cursors = sources.map((source) => {
    return new LiveCursor(liveDocIds(source), async (docIds) => {
      const batch = await carryOut(source.store, source.reader.hashes.read(docIds))
      return Array.from(docIds, (_, i) => batch.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    })
  })
  for (let docId = 0; docId < order.docCount; docId++) {
    const cursor = cursors[order.sourceOf[docId]!]!
    if (cursor.isEmpty) await cursor.fill()
    hashes.set(cursor.next(), docId * HASH_BYTES)
  }
  writeHashSection(out, hashes)
  yield* out.takeChunks()
  return sumHashes(hashes)
}

async function* mergeDocuments({ out, sources, order }: Merge, effort: Effort): AsyncGenerator<Uint8Array, void> {
  const lives = sources.map(liveDocIds)
  const samples = await readSamples({ sources, order, lives })
  const section = new DocumentSectionWriter(out, documentDictionary(samples), effort)
  const cursors = sources.map((source, s) => {
    const { reader, store } = source
    return new LiveCursor(
      lives[s]!,
      (docIds) => carryOut(store, reader.documents.read(docIds)),
      documentsPerBatch(source),
    )
  })
  for (let docId = 0; docId < order.docCount; docId++) {
    const cursor = cursors[order.sourceOf[docId]!]!
    if (cursor.isEmpty) {
      await cursor.fill()
      yield* out.takeChunks()
    }
    section.add(cursor.next())
  }
  section.finish()
  yield* out.takeChunks()
}

function effortFor(sources: readonly LiveSource[]): Effort {
  const bytes = sources.reduce((sum, source) => sum + documentBytes(source), 0)
  return bytes < SMALL_EFFORT_BYTES_MIN ? 'fast' : 'small'
}

/** Reads the documents that the new segment's compression dictionary is made of. */
async function readSamples(from: {
  sources: readonly LiveSource[]
  order: MergeOrder
  lives: readonly Uint32Array[]
}): Promise<Uint8Array[]> {
  const { sources, order, lives } = from
  const wanted = new Set(sampledDocIds(order.docCount))
  const samples: Promise<Uint8Array[]>[] = []
  const passed = new Uint32Array(sources.length)
  for (let docId = 0; docId < order.docCount; docId++) {
    const s = order.sourceOf[docId]!
    const oldDocId = lives[s]![passed[s]!++]!
    if (wanted.has(docId)) samples.push(carryOut(sources[s]!.store, sources[s]!.reader.documents.read([oldDocId])))
  }
  return (await Promise.all(samples)).flat()
}

/**
 * The fields of all sources, in field order.
 *
 * @throws {CorruptDataError} if a field has other parameters in one source than in another
 */
function fieldsOf(sources: readonly LiveSource[]): SegmentField[] {
  const fields = new Map<FieldNumber, SegmentField>()
  for (const { reader } of sources) {
    for (const field of reader.footer.fields) {
      const known = fields.get(field.number)
      assert(known === undefined || known.type === field.type, `field ${field.number} has the same type everywhere`)
      if (known !== undefined && known.parameters !== field.parameters) {
        const others = `other segments of the merge have ${known.parameters}`
        throw corrupt(reader.source, `holds field "${field.name}" with ${field.parameters}, ${others}`)
      }
      fields.set(field.number, field)
    }
  }
  analyzerVersionOf(sources.flatMap(({ reader }) => reader.footer.fields))
  return [...fields.values()].sort((a, b) => a.number - b.number)
}

/**
 * Writes the sections of one field.
 *
 * @returns the field's totals, if it has any; undefined if no live document has the field
 */
async function* mergeField(
  merge: Merge,
  field: SegmentField,
  addFile: FieldMerge['file'],
): AsyncGenerator<Uint8Array, readonly FieldTotals[] | undefined> {
  const { number } = field
  if (!(await hasSurvivor(merge, number))) return undefined
  const totals = yield* kindOf(field).merge({ ...partsOf(merge, number), file: addFile })
  await mergePresence(merge, number)
  return totals === undefined ? [] : [{ field: number, ...totals }]
}

/** Merges of the parts that a field may have. */
function partsOf(merge: Merge, field: FieldNumber): Omit<FieldMerge, 'file'> {
  return {
    async *words() {
      const totals = await mergeLengths(merge, field)
      await mergeContentLengths(merge, field)
      yield* mergeText(merge, field)
      return totals
    },
    async *keywords() {
      const ordinals = yield* mergeValues(merge, { field, lane: 'keyword' })
      yield* mergeColumn(merge, { kind: SectionKind.column, field }, ordinals)
      return yield* mergeElements(merge, field)
    },
    async *numbers() {
      yield* mergeColumn(merge, { kind: SectionKind.column, field })
      return yield* mergeElements(merge, field)
    },
    files: (kind) => merge.sources.map((source, s) => sideFileOf(source, { kind, field }, merge.order.maps[s]!)),
  }
}

/** A source's file of the given kind and field. */
function sideFileOf(
  { store, reader }: LiveSource,
  { kind, field }: { readonly kind: string; readonly field: FieldNumber },
  docIds: Uint32Array,
): MergedFile | undefined {
  const found = reader.file.files.find((one) => one.kind === kind && one.field === field)
  if (found === undefined) return undefined
  const key = fileKey(reader.source, found)
  return { byteSize: found.byteSize, docIds, read: (range) => store.get(key, range) }
}

async function hasSurvivor({ sources, order }: Merge, field: FieldNumber): Promise<boolean> {
  for (const [s, { reader, store }] of sources.entries()) {
    const exists = await carryOut(store, reader.columns.exists(field))
    const map = order.maps[s]!
    for (let docId = 0; docId < map.length; docId++) {
      if (map[docId] !== TOMBSTONE && bitsetHas(exists, docId)) return true
    }
  }
  return false
}
