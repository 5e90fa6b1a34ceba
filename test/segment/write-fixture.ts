import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FORMAT_VERSION } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

/**
 * Writes the files that segment-fixture.test.ts reads: `npx tsx test/segment/write-fixture.ts`.
 * To be run once per format version, when it is released; after that its files never change.
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
  const facts = { ...file, checksum: Buffer.from(file.checksum).toString('hex'), contents }
  writeFileSync(`${folder}segment-v${FORMAT_VERSION}-${name}.seg`, bytes)
  writeFileSync(`${folder}segment-v${FORMAT_VERSION}-${name}.json`, `${JSON.stringify(facts, null, 2)}\n`)
}
