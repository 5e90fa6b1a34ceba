import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  RECORD_FORMAT_VERSION,
  readMetaRecord,
  readParentRecord,
  readSchemaRecord,
  readSnapshotRecord,
} from '../../core/collections/collection-records.ts'
import { decodeFooter } from '../../core/segment/format/footer.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { FORMAT_VERSION, SECTION_NAMES, SectionKind } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { decodeManifest, encodeManifest, MANIFEST_FORMAT_VERSION } from '../../core/version/manifest-codec.ts'
import { encodePending, PENDING_FORMAT_VERSION, readPending, slotName } from '../../core/version/pending.ts'
import { SOME_META, SOME_PARENT, SOME_SCHEMA, SOME_SNAPSHOT, storeSomeRecords } from '../collections/any-records.ts'
import { anyManifest } from '../version/any-manifest.ts'
import { anyEntry } from '../version/any-pending.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

/** Files of all format versions that must stay readable, each written when its version was current; see write-fixture.ts. */
const FIXTURES = ['segment-v3-whole', 'segment-v3-parts']

test.each(FIXTURES)('%s reads as it did when it was written', async (name) => {
  const { contents, file } = factsOf(name)
  const store = memoryStore()
  await store.put(segmentKey('p/', file), read(`${name}.seg`))
  const everything = await readEverything(store, 'p/', file)
  expect(createHash('sha256').update(everything).digest('hex')).toBe(contents)
})

/** Leaves out the documents section, whose bytes depend on the compression library. */
test.each([
  ['whole', 5],
  ['parts', 1_010],
] as const)(
  'the same documents become the same bytes as long as the format version is the same: %s',
  async (name, count) => {
    const fixture = `segment-v${FORMAT_VERSION}-${name}`
    const now = build(manyDocuments(count), await loadAnalyzers(), `1-${name}`)

    const was = describeSections(read(`${fixture}.seg`), factsOf(fixture).file)

    const message =
      `the bytes of segments changed under format version ${FORMAT_VERSION}. If analysis changed, raise ANALYZER_VERSION; ` +
      'then, in any case, raise FORMAT_VERSION, run `npx tsx test/segment/write-fixture.ts`, and describe the change in docs/formats/'
    expect(describeSections(now.bytes, now.file), message).toEqual(was)
  },
)

test('a manifest is encoded as the same bytes while its format version is the same, and decoded again', () => {
  const bytes = read(`manifest-v${MANIFEST_FORMAT_VERSION}.bin`)
  const message =
    `the bytes of manifests changed under format version ${MANIFEST_FORMAT_VERSION}: raise MANIFEST_FORMAT_VERSION, ` +
    'run `npx tsx test/segment/write-fixture.ts`, and describe the change in docs/formats/manifest.md'
  expect(Buffer.from(encodeManifest(anyManifest(1, 12))).equals(bytes), message).toBe(true)
  expect(decodeManifest(Uint8Array.from(bytes), 'the fixture')).toEqual(anyManifest(1, 12))
})

test('a pending write is encoded as the same bytes while its format version is the same, and decoded again', () => {
  const bytes = read(`pending-v${PENDING_FORMAT_VERSION}.bin`)
  const message =
    `the bytes of waiting writes changed under format version ${PENDING_FORMAT_VERSION}: raise PENDING_FORMAT_VERSION, ` +
    'run `npx tsx test/segment/write-fixture.ts`, and describe the change in docs/formats/manifest.md'
  expect(Buffer.from(encodePending(anyEntry(7, 5))).equals(bytes), message).toBe(true)
  const { pending, unknownCount } = readPending({ [slotName(5)]: Uint8Array.from(bytes) }, 'the fixture')
  expect([pending, unknownCount]).toEqual([[anyEntry(7, 5)], 0])
  // The manifest has a segment with files, shared files, and ranges of numbers and keywords.
  const { files, shared, ranges } = pending[0]!.file!
  expect(Math.min(files.length, shared.length, ranges.length)).toBeGreaterThan(0)
})

test('the same records become the same bytes as long as their format version is the same, and are read back', async () => {
  const { store, uid, records } = await storeSomeRecords()
  const message =
    `the bytes of records changed under format version ${RECORD_FORMAT_VERSION}: raise RECORD_FORMAT_VERSION, ` +
    'run `npx tsx test/segment/write-fixture.ts`, and describe the change in docs/formats/manifest.md'
  for (const { kind, key, bytes } of records) {
    const was = read(`record-v${RECORD_FORMAT_VERSION}-${kind}.bin`)
    expect(Buffer.from(bytes).equals(was), message).toBe(true)
    await store.put(key, Uint8Array.from(was))
  }
  const [meta, schema, , snapshot] = records.map(({ key }) => key)
  expect(await readMetaRecord(store, meta!)).toEqual({ ...SOME_META, rebuilds: 2 })
  expect(await readSchemaRecord(store, schema!)).toEqual(SOME_SCHEMA)
  expect(await readParentRecord(store, uid)).toEqual(SOME_PARENT)
  expect(await readSnapshotRecord(store, snapshot!)).toEqual(SOME_SNAPSHOT)
})

function describeSections(bytes: Uint8Array, file: SegmentFile) {
  const footer = decodeFooter(bytes.subarray(bytes.length - file.footerSize), file, file.name)
  const sections = footer.sections.map(({ kind, field, required, codec, start, end, crc, index }) => {
    const name = `${SECTION_NAMES[kind]} of ${field}`
    const shape = { name, required, codec }
    return kind === SectionKind.documents
      ? shape
      : { ...shape, bytes: end - start, crc, index: Buffer.from(index).toString('hex') }
  })
  return { ...footer, sections }
}

function factsOf(name: string): { readonly contents: string; readonly file: SegmentFile } {
  const { contents, checksum, ...facts } = JSON.parse(read(`${name}.json`).toString()) as SegmentFile & {
    contents: string
    checksum: string
  }
  // JSON has no integers above 2^53, and reading a segment needs no ranges.
  return { contents, file: { ...facts, ranges: [], checksum: Buffer.from(checksum, 'hex') } }
}

function read(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)))
}
