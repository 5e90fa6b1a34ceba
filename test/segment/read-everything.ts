import { BLOCK_SIZE } from '../../core/bytes/bit-packing.ts'
import type { Lane } from '../../core/dictionary/lane.ts'
import type { PostingList } from '../../core/postings/posting-list.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { openSegment } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader, TermEntry } from '../../core/segment/read/segment-reader.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { readPositions } from '../postings/read-positions.ts'

const LANES: readonly Lane[] = ['text', 'keyword', 'form']

/** Opens a segment and asks for all that it holds, in every way there is; as text, to be compared. */
export async function readEverything(store: ObjectStore, prefix: string, file: SegmentFile): Promise<string> {
  const reader = await openSegment(store, prefix, file)
  const docIds = Array.from({ length: reader.docCount }, (_, docId) => docId)
  const ids = await reader.ids(store, docIds)
  const last = ids.at(-1) ?? ''
  const fields = []
  for (let field = 0; field < 10; field++) fields.push(await readField(store, reader, field))
  return JSON.stringify(
    {
      ids,
      fields,
      found: await reader.findIds(store, ids),
      after: [await reader.firstDocAfter(store, ''), await reader.firstDocAfter(store, last)],
      documents: (await reader.documents(store, docIds)).map((json) => Buffer.from(json).toString('latin1')),
      hashes: Buffer.from(await reader.hashes(store, docIds)).toString('hex'),
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
    const scanned = await reader.scan(store, field, lane, { from: '' })
    const keys = scanned.map(({ term }) => ({ field, lane, term }))
    const entries = (await reader.lookup(store, keys, 'positions')).filter((entry) => entry !== undefined)
    lanes.push({
      size: reader.laneSize(field, lane),
      scanned: scanned.map(describe),
      entries: entries.map(describe),
      lists: await readLists(store, reader, entries),
    })
  }
  const ordinals = Array.from({ length: reader.laneSize(field, 'keyword') }, (_, i) => i)
  return {
    lanes,
    values: await reader.valuesAt(store, field, ordinals),
    column: await reader.column(store, field),
    lengths: await reader.lengths(store, field),
    exists: await reader.exists(store, field),
  }
}

async function readLists(store: ObjectStore, reader: SegmentReader, entries: readonly TermEntry[]) {
  const lists = await reader.postings(store, entries)
  const scored = entries.filter(({ lane }) => lane === 'text')
  const positions = await reader.positions(store, scored)
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
