import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

/** Files that were written when their format version was released; see write-fixture.ts. */
const FIXTURES = ['segment-v1-whole', 'segment-v1-parts']

test.each(FIXTURES)('%s reads as it did when it was written', async (name) => {
  const { contents, checksum, ...facts } = JSON.parse(read(`${name}.json`).toString()) as SegmentFile & {
    contents: string
    checksum: string
  }
  const file: SegmentFile = { ...facts, checksum: Buffer.from(checksum, 'hex') }
  const store = memoryStore()
  await store.put(segmentKey('p/', file), read(`${name}.seg`))
  const everything = await readEverything(store, 'p/', file)
  expect(createHash('sha256').update(everything).digest('hex')).toBe(contents)
})

function read(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)))
}
