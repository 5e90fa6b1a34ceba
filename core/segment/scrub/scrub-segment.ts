import { crc32 } from 'node:zlib'
import { readWord } from '../../bytes/checksum.ts'
import { hexOfWord } from '../../bytes/hex.ts'
import { CorruptDataError } from '../../errors.ts'
import { kindOf } from '../../fields/kinds.ts'
import { FORMAT_VERSION, HEADER_BYTES, LANE_SECTIONS, MAGIC, NO_FIELD, SectionKind } from '../format/segment-format.ts'
import type { LiveSource } from '../merge/live-documents.ts'
import { openSegment } from '../read/open-segment.ts'
import type { SegmentReader } from '../read/segment-reader.ts'
import { type ColumnRule, scrubColumn, scrubElements, scrubPresence } from './scrub-columns.ts'
import { scrubDocuments } from './scrub-documents.ts'
import { scrubFacts } from './scrub-facts.ts'
import { guard, nameOf, type SegmentScrub } from './scrub-finding.ts'
import { scrubLane } from './scrub-lane.ts'

/** Bytes of a section that are read at a time. */
const CHUNK_BYTES = 1024 * 1024

/** Opens a segment. Returns undefined and reports a finding if that is impossible. */
export async function openToScrub({ store, prefix, entry, find }: SegmentScrub): Promise<SegmentReader | undefined> {
  let reader: SegmentReader | undefined
  await guard('footer', find, async () => {
    reader = await openSegment(store, prefix, entry)
  })
  return reader
}

/**
 * Checks all of a segment: first the checksum of every section, then the contents of the
 * undamaged sections against each other and against the manifest. Holds a few numbers per
 * document and a few megabytes of the file in memory.
 *
 * @returns the reader, if the ids are undamaged
 */
export async function scrubSegment(scrub: SegmentScrub): Promise<SegmentReader | undefined> {
  const reader = await openToScrub(scrub)
  if (reader === undefined) return undefined
  const damaged = await scrubSections(scrub, reader)
  if (damaged.size === 0) await guard('ranges', scrub.find, () => scrubFacts(scrub, reader))
  const isSound = (kinds: readonly number[], field: number) => !kinds.some((kind) => damaged.has(`${kind} ${field}`))
  const source: LiveSource = {
    store: scrub.store,
    reader,
    tombstones: scrub.tombstones === 'unreadable' ? undefined : scrub.tombstones,
  }
  const wholeKinds = [SectionKind.documents, SectionKind.ids, SectionKind.hashes, SectionKind.bloom]
  const hasIds = isSound([SectionKind.ids], NO_FIELD)
  if (isSound(wholeKinds, NO_FIELD)) await guard('documents', scrub.find, () => scrubDocuments(scrub, source))
  for (const field of reader.footer.fields) {
    scrub.signal?.throwIfAborted()
    const { number } = field
    const columns = [
      SectionKind.lengths,
      SectionKind.contentLengths,
      SectionKind.column,
      SectionKind.elements,
      SectionKind.presence,
    ]
    const guarded = (kind: SectionKind, work: () => Promise<void>) => guard(nameOf(kind, number), scrub.find, work)
    if (isSound(columns, number)) await guarded(SectionKind.lengths, () => scrubPresence(scrub, source, number))
    const kind = kindOf(field)
    await kind.scrub({
      column: async (holds) => {
        if (!isSound(columns, number)) return
        const size = reader.terms.laneSize(number, 'keyword')
        const values: ColumnRule =
          holds === 'ordinals'
            ? { expected: `an ordinal below ${size}`, allows: (value) => value < size }
            : { expected: kind.expected, allows: (value) => kind.describe(value) !== undefined }
        await guarded(SectionKind.column, () => scrubColumn(scrub, source, number, values))
        await guarded(SectionKind.elements, () => scrubElements(scrub, source, number))
      },
      lane: async (lane) => {
        const { terms, postings } = LANE_SECTIONS[lane]
        const kinds = [terms, postings, SectionKind.positions, SectionKind.lengths, SectionKind.valueHashes]
        if (!isSound(kinds, number) || reader.terms.laneSize(number, lane) === 0) return
        await guarded(terms, () => scrubLane(scrub, source, { field: number, lane }))
      },
    })
    const ofField = reader.footer.sections.filter(({ field }) => field === number)
    scrub.advance(ofField.reduce((sum, { start, end }) => sum + end - start, 0))
  }
  return hasIds ? reader : undefined
}

/** @returns the sections that are damaged, as `<kind> <field>` */
async function scrubSections(scrub: SegmentScrub, { footer, file, source }: SegmentReader): Promise<Set<string>> {
  const { store, find, advance, signal } = scrub
  const damaged = new Set<string>()
  await guard('header', find, async () => {
    const header = await store.get(source, { start: 0, end: HEADER_BYTES })
    const found = [readWord(header, 0), readWord(header, 4)]
    if (found[0] === MAGIC && found[1] === FORMAT_VERSION) return
    find({
      section: 'header',
      found: found.map(hexOfWord).join(' '),
      expected: `${hexOfWord(MAGIC)} ${hexOfWord(FORMAT_VERSION)}`,
    })
  })
  // The header and the footer are read only once.
  advance(2 * (HEADER_BYTES + file.footerSize))
  let covered = HEADER_BYTES
  for (const { kind, field, start, end, crc } of footer.sections) {
    const section = nameOf(kind, field)
    if (start !== covered) find({ section, found: `begins at byte ${start}`, expected: `byte ${covered}` })
    covered = end
    const isRead = await guard(section, find, async () => {
      let found = 0
      for (let at = start; at < end; at += CHUNK_BYTES) {
        signal?.throwIfAborted()
        const to = Math.min(end, at + CHUNK_BYTES)
        const bytes = await store.get(source, { start: at, end: to })
        if (bytes.length < to - at)
          throw new CorruptDataError('corrupt_segment', `it ends at byte ${at + bytes.length}`)
        found = crc32(bytes, found)
        advance(to - at)
      }
      if (found === crc) return
      find({ section, found: `crc32 ${hexOfWord(found)}`, expected: `crc32 ${hexOfWord(crc)}` })
      damaged.add(`${kind} ${field}`)
    })
    if (!isRead) damaged.add(`${kind} ${field}`)
  }
  return damaged
}
