import { bitsetHas, bitsetSize } from '../../bytes/bitset.ts'
import { hexOfBytes } from '../../bytes/hex.ts'
import { compareUtf8 } from '../../utf8.ts'
import { DocumentHasher, HASH_BYTES, sumHashes } from '../format/document-hash.ts'
import { encodeIds } from '../format/encoded-ids.ts'
import { carryOut } from '../format/read-plan.ts'
import { NO_FIELD } from '../format/segment-format.ts'
import { documentsPerBatch, type LiveSource } from '../merge/live-documents.ts'
import type { SegmentScrub } from './scrub-finding.ts'

/**
 * Checks a segment's documents: ids ascend, and lookups through the Bloom filter and the index find them;
 * the stored documents have the stored hashes, and these add up to the manifest's checksums.
 */
export async function scrubDocuments(scrub: SegmentScrub, source: LiveSource): Promise<void> {
  const { find, entry, advance, signal } = scrub
  const { store, reader, tombstones } = source
  const hasher = new DocumentHasher()
  let [sumOfAll, sumOfLive]: Uint8Array[] = [new Uint8Array(HASH_BYTES), new Uint8Array(HASH_BYTES)]
  const batchDocs = documentsPerBatch(source)
  const sectionBytes = reader.footer.sections
    .filter(({ field }) => field === NO_FIELD)
    .reduce((sum, { start, end }) => sum + end - start, 0)
  let previous: string | undefined
  for (let from = 0; from < reader.docCount; from += batchDocs) {
    signal?.throwIfAborted()
    const docIds = Uint32Array.from({ length: Math.min(batchDocs, reader.docCount - from) }, (_, i) => from + i)
    const [ids, jsons, hashes] = await Promise.all([
      carryOut(store, reader.ids.read(docIds)),
      carryOut(store, reader.documents.read(docIds)),
      carryOut(store, reader.hashes.read(docIds)),
    ])
    const found = await carryOut(store, reader.ids.find(encodeIds(ids)))
    const computed = new Uint8Array(hashes.length)
    for (const [i, id] of ids.entries()) {
      if (previous !== undefined && compareUtf8(previous, id) >= 0)
        find({ section: 'ids', found: `${show(id)} after ${show(previous)}`, expected: 'ascending ids' })
      if (found[i] !== from + i)
        find({ section: 'bloom filter', found: `${show(id)} at ${found[i]}`, expected: `document ${from + i}` })
      hasher.hashInto({ id, json: jsons[i]! }, computed, i * HASH_BYTES)
      const [stored, own] = [hashes, computed].map((all) =>
        hexOfBytes(all.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
      )
      if (stored !== own) find({ section: 'hashes', found: `${stored} of ${show(id)}`, expected: own! })
      previous = id
    }
    const isDeleted = (docId: number) => tombstones !== undefined && bitsetHas(tombstones, docId)
    sumOfAll = addHashes(sumOfAll!, hashes)
    for (const docId of docIds)
      if (isDeleted(docId)) hashes.fill(0, (docId - from) * HASH_BYTES, (docId - from + 1) * HASH_BYTES)
    sumOfLive = addHashes(sumOfLive!, hashes)
    advance((sectionBytes * docIds.length) / reader.docCount)
  }
  const all = hexOfBytes(sumOfAll!)
  if (all !== hexOfBytes(entry.checksum))
    find({ section: 'hashes', found: `sum ${all}`, expected: `sum ${hexOfBytes(entry.checksum)}` })
  if (scrub.tombstones === 'unreadable') return
  const live = hexOfBytes(sumOfLive!)
  const expected = hexOfBytes(entry.liveChecksum)
  if (live !== expected) find({ section: 'tombstones', found: `live sum ${live}`, expected: `live sum ${expected}` })
  const deleted = tombstones === undefined ? 0 : bitsetSize(tombstones)
  if (deleted !== entry.deletedCount)
    find({ section: 'tombstones', found: `${deleted} deleted`, expected: `${entry.deletedCount} deleted` })
}

/** Adds the hashes of a batch to a sum of hashes. */
function addHashes(sum: Uint8Array, hashes: Uint8Array): Uint8Array {
  return sumHashes(Buffer.concat([sum, hashes]))
}

function show(id: string): string {
  return JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id)
}
