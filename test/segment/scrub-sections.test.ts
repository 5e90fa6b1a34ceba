import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeFooter, encodeFooter } from '../../core/segment/format/footer.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { type Section, SectionKind } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import type { Finding } from '../../core/segment/scrub/scrub-finding.ts'
import { scrubSegment } from '../../core/segment/scrub/scrub-segment.ts'
import { liveEntry } from '../../core/version/segment-codec.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()

test('scrubbing an undamaged segment finds nothing', async () => {
  const { bytes, file } = build(manyDocuments(40), analyzers)
  expect(await scrub(bytes, file)).toEqual([])
})

test('a wrong value hash is found although all checksums hold', async () => {
  const { bytes, file } = altered(SectionKind.valueHashes, (body) => {
    body[9]! ^= 1
  })
  expect(await scrub(bytes, file)).toMatchObject([{ found: 'another hash of value 1' }])
})

test('a length without stop words above the length is found although all checksums hold', async () => {
  const { bytes, file } = altered(SectionKind.contentLengths, (body) => {
    // The base of a block of packed numbers.
    const view = new DataView(body.buffer, body.byteOffset, body.length)
    view.setFloat64(8, view.getFloat64(8, true) + 1_000, true)
  })
  expect(await scrub(bytes, file)).toMatchObject([{ section: expect.stringContaining('lengths without stop words') }])
})

test('a manifest with wrong ranges or a wrong analyzer version is found', async () => {
  const { bytes, file } = build(manyDocuments(40), analyzers)
  const year = file.ranges.find(({ field }) => field === 4)!
  const others = file.ranges.filter((range) => range !== year)

  for (const [wrong, found] of [
    [
      { ...year, min: Number(year.min) + 1 },
      { section: 'range of field 4', expected: `${year.min} to ${year.max}` },
    ],
    [undefined, { section: 'range of field 4', found: 'none' }],
  ] as const) {
    const ranges = [...others, ...(wrong ? [wrong] : [])].sort((a, b) => a.field - b.field)
    expect(await scrub(bytes, { ...file, ranges })).toMatchObject([found])
  }
  const kind = { ...file.ranges[0]!, max: 'even' }
  expect(await scrub(bytes, { ...file, ranges: [kind, ...file.ranges.slice(1)] })).toMatchObject([
    { section: 'range of field 2', found: '"even" to "even"', expected: '"even" to "odd"' },
  ])
  expect(await scrub(bytes, { ...file, analyzerVersion: 7 })).toMatchObject([
    { section: 'analyzer version', found: '7', expected: '1' },
  ])
})

test('element numbers that are all 0 are found although all checksums hold', async () => {
  const { bytes, file } = altered(SectionKind.elements, (body) => {
    // Eight packed values of six bits.
    body.fill(0, body.length - 8)
  })
  const section = expect.stringContaining('element numbers')
  expect(await scrub(bytes, file)).toMatchObject(
    [7, 14, 21, 35].map((doc) => ({ section, found: `elements 0, 0 of document ${doc}` })),
  )
})

/** A segment with a change in the only unit of its first section of `kind`, and with new checksums that fit. */
function altered(kind: number, change: (body: Uint8Array) => void): { bytes: Uint8Array; file: SegmentFile } {
  const { bytes, file } = build(manyDocuments(40), analyzers)
  const footer = decodeFooter(bytes.subarray(bytes.length - file.footerSize), file, 'it')
  const section = footer.sections.find((one) => one.kind === kind)!
  const unit = bytes.subarray(section.start, section.end)
  change(unit.subarray(0, -4))
  new DataView(unit.buffer, unit.byteOffset + unit.length - 4).setUint32(0, crc32(unit.subarray(0, -4)), true)
  const sections = footer.sections.map((one): Section => (one === section ? { ...one, crc: crc32(unit) } : one))
  const encoded = encodeFooter({ ...footer, sections })
  bytes.set(encoded.bytes, bytes.length - file.footerSize)
  return { bytes, file: { ...file, footerCrc: encoded.crc } }
}

async function scrub(bytes: Uint8Array, file: SegmentFile): Promise<Finding[]> {
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const findings: Finding[] = []
  const find = (finding: Finding) => findings.push(finding)
  const entry = liveEntry(file)
  const options = { advance: () => undefined, signal: undefined }
  await scrubSegment({ store, prefix: 'p/', entry, tombstones: undefined, find, ...options })
  return findings
}
