import { BLOCK_SIZE } from '../../core/bytes/bit-packing.ts'
import type { Lane } from '../../core/dictionary/lane.ts'
import type { PostingList } from '../../core/postings/posting-list.ts'
import { encodeIds } from '../../core/segment/format/encoded-ids.ts'
import { sectionsOf } from '../../core/segment/format/footer.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { readValueHashes } from '../../core/segment/format/value-hashes.ts'
import { openSegment } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { TermEntry } from '../../core/segment/read/term-entry.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { readPositions } from '../postings/read-positions.ts'

const LANES: readonly Lane[] = ['text', 'keyword', 'form', 'whole', 'prefix']

/** Opens a segment and reads all its contents through every method of the reader; returns text, for comparison. */
export async function readEverything(store: ObjectStore, prefix: string, file: SegmentFile): Promise<string> {
  const reader = await openSegment(store, prefix, file)
  const docIds = Array.from({ length: reader.docCount }, (_, docId) => docId)
  const ids = await carryOut(store, reader.ids.read(docIds))
  const last = ids.at(-1) ?? ''
  const fields = []
  for (let field = 0; field < 10; field++) fields.push(await readField(store, reader, field))
  return JSON.stringify(
    {
      ids,
      fields,
      found: await carryOut(store, reader.ids.find(encodeIds(ids))),
      after: [await carryOut(store, reader.ids.firstAfter('')), await carryOut(store, reader.ids.firstAfter(last))],
      documents: (await carryOut(store, reader.documents.read(docIds))).map((json) =>
        Buffer.from(json).toString('latin1'),
      ),
      hashes: Buffer.from(await carryOut(store, reader.hashes.read(docIds))).toString('hex'),
    },
    (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`
      return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : value
    },
  )
}

async function readField(store: ObjectStore, reader: SegmentReader, field: number) {
  const lanes = []
  for (const lane of LANES) {
    const scanned = await carryOut(store, reader.terms.scan(field, lane, { from: '' }))
    const keys = scanned.map(({ term }) => ({ field, lane, term }))
    const entries = (await carryOut(store, reader.terms.lookup(keys))).filter((entry) => entry !== undefined)
    lanes.push({
      size: reader.terms.laneSize(field, lane),
      scanned: scanned.map(describe),
      entries: entries.map(describe),
      lists: await readLists(store, reader, entries),
    })
  }
  const ordinals = Array.from({ length: reader.terms.laneSize(field, 'keyword') }, (_, i) => i)
  return {
    lanes,
    values: await carryOut(store, reader.terms.valuesAt(field, ordinals)),
    column: { blocks: (await carryOut(store, reader.columns.read(field))).blocks },
    elements: { blocks: (await carryOut(store, reader.columns.elements(field))).blocks },
    lengths: await carryOut(store, reader.columns.lengths(field)),
    contentLengths: await carryOut(store, reader.columns.contentLengths(field)),
    valueHashes: await readHashes(store, reader, field),
    exists: await carryOut(store, reader.columns.exists(field)),
  }
}

async function readLists(store: ObjectStore, reader: SegmentReader, entries: readonly TermEntry[]) {
  const lists = await carryOut(store, reader.terms.postings(entries))
  const scored = entries.filter(({ lane }) => lane === 'text')
  const positions = await carryOut(store, reader.terms.positions(scored))
  return lists.map((list, i) => {
    const blocks = Array.from({ length: list.blockCount }, (_, b) => decodeBlock(list, b))
    const places = list.scored ? blocks.map(({ freqs }, b) => readPositions(positions[i]!, b, freqs!)) : undefined
    return { blocks, places, last: list.lastDocs, impacts: [list.impactStarts, list.impactFreqs, list.impactLengths] }
  })
}

/** One block of a posting list: parallel arrays. */
export function decodeBlock(list: PostingList, b: number) {
  const length = list.blockLength(b)
  const decode = (into: (out: Uint32Array) => void) => {
    const out = new Uint32Array(BLOCK_SIZE)
    into(out)
    return out.slice(0, length)
  }
  return {
    docs: decode((out) => list.decodeDocs(b, out)),
    freqs: list.scored ? decode((out) => list.decodeFreqs(b, out)) : undefined,
    lengths: list.scored ? decode((out) => list.decodeLengths(b, out)) : undefined,
  }
}

function describe({ field, lane, term, docFreq, ownForm, indexedTerm }: TermEntry) {
  return { field, lane, term, docFreq, ownForm, indexedTerm }
}

async function readHashes(store: ObjectStore, reader: SegmentReader, field: number): Promise<string> {
  const pieces = sectionsOf(reader.footer, SectionKind.valueHashes, field)
  return Buffer.from(await carryOut(store, readValueHashes(reader.bytes, pieces))).toString('hex')
}
