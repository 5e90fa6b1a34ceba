import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RECORD_FORMAT_VERSION } from '../../core/collections/collection-records.ts'
import { FORMAT_VERSION } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { encodeManifest, MANIFEST_FORMAT_VERSION } from '../../core/version/manifest-codec.ts'
import { encodePending, PENDING_FORMAT_VERSION } from '../../core/version/pending.ts'
import { storeSomeRecords } from '../collections/any-records.ts'
import { anyManifest } from '../version/any-manifest.ts'
import { anyEntry } from '../version/any-pending.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

/**
 * Writes the files of the current format versions that segment-fixture.test.ts reads: `npx tsx test/segment/write-fixture.ts`.
 * Existing files are not overwritten: the fixture of a format version never changes.
 */
const folder = fileURLToPath(new URL('../fixtures/', import.meta.url))
const analyzers = await loadAnalyzers()

for (const [name, count] of [
  ['whole', 5],
  ['parts', 1_010],
] as const) {
  const { bytes, file } = build(manyDocuments(count), analyzers, `1-${name}`)
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const contents = createHash('sha256')
    .update(await readEverything(store, 'p/', file))
    .digest('hex')
  const { ranges: _, ...known } = file
  const facts = { ...known, checksum: Buffer.from(file.checksum).toString('hex'), contents }
  writeNew(`segment-v${FORMAT_VERSION}-${name}.seg`, bytes)
  writeNew(`segment-v${FORMAT_VERSION}-${name}.json`, `${JSON.stringify(facts, null, 2)}\n`)
}
writeNew(`manifest-v${MANIFEST_FORMAT_VERSION}.bin`, encodeManifest(anyManifest(1, 12)))
writeNew(`pending-v${PENDING_FORMAT_VERSION}.bin`, encodePending(anyEntry(7, 5)))
for (const { kind, bytes } of (await storeSomeRecords()).records)
  writeNew(`record-v${RECORD_FORMAT_VERSION}-${kind}.bin`, bytes)

function writeNew(name: string, contents: Uint8Array | string): void {
  try {
    writeFileSync(folder + name, contents, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    process.stderr.write(`${name} is there already\n`)
  }
}
