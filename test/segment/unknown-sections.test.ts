import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeFooter, encodeFooter } from '../../core/segment/format/footer.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { type Section, SectionKind } from '../../core/segment/format/segment-format.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

const analyzers = await loadAnalyzers()
const MADE_UP = { kind: 99, field: 1, codec: 0 }

test.each([
  ['of a kind that nobody knows', MADE_UP],
  ['of a codec that nobody knows', { kind: SectionKind.elements, field: 0, codec: 7 }],
])('a segment with an optional section %s reads as without it', async (_, name) => {
  const { file, bytes } = build(manyDocuments(40), analyzers)
  const before = await read(bytes, file)
  const longer = withSection(bytes, file, { ...name, required: false })
  expect(await read(longer.bytes, longer.file)).toBe(before)
})

test('a segment with a required section of an unknown kind is refused', async () => {
  const { file, bytes } = build(manyDocuments(40), analyzers)
  const longer = withSection(bytes, file, { ...MADE_UP, required: true })
  await expect(read(longer.bytes, longer.file)).rejects.toThrow('section kind 99 with codec 0, made by a newer version')
})

/** Later versions may omit optional sections or write them differently; searches work without them. */
test('a segment without its optional sections is readable', async () => {
  const { file, bytes } = build(manyDocuments(1_010), analyzers)
  const footer = decodeFooter(bytes.subarray(bytes.length - file.footerSize), file, 'it')
  const left = footer.sections.filter(({ required }) => required)
  expect(left.length).toBeLessThan(footer.sections.length)
  const shorter = withFooter(bytes.subarray(0, bytes.length - file.footerSize), file, { ...footer, sections: left })
  const store = memoryStore()
  await store.put(segmentKey('p/', shorter.file), shorter.bytes)
  const reader = await openSegment(store, 'p/', shorter.file)
  expect(reader.terms.laneSize(1, 'text')).toBeGreaterThan(0)
  expect([reader.terms.laneSize(1, 'whole'), reader.columns.elements(0)]).toEqual([0, { blocks: [], zones: [] }])
})

/** Appends a section to the file, but lists it before those of its kind in the table. */
function withSection(
  bytes: Uint8Array,
  file: SegmentFile,
  name: Pick<Section, 'kind' | 'field' | 'codec' | 'required'>,
) {
  const end = bytes.length - file.footerSize
  const body = Buffer.from('what a newer version writes')
  const footer = decodeFooter(bytes.subarray(end), file, 'it')
  const section = { ...name, start: end, end: end + body.length, crc: crc32(body), index: Buffer.from('its index') }
  return withFooter(Buffer.concat([bytes.subarray(0, end), body]), file, {
    ...footer,
    sections: [section, ...footer.sections],
  })
}

function withFooter(sections: Uint8Array, file: SegmentFile, footer: Parameters<typeof encodeFooter>[0]) {
  const encoded = encodeFooter(footer)
  const bytes = Buffer.concat([sections, encoded.bytes])
  const facts = { byteSize: bytes.length, footerSize: encoded.bytes.length, footerCrc: encoded.crc }
  return { bytes, file: { ...file, ...facts } }
}

async function read(bytes: Uint8Array, file: SegmentFile): Promise<string> {
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  return readEverything(store, 'p/', file)
}
