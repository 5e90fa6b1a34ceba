import { assert } from '../assert.ts'
import { type Bitset, bitsetAdd, newBitset } from '../bytes/bitset.ts'
import { sumHashes } from '../segment/format/document-hash.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { FieldTotals, SegmentEntry } from '../segment/format/segment-entry.ts'
import { encodeTombstones } from '../segment/format/tombstones.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { LiveHits } from '../version/find-documents.ts'
import { tombstonesKey } from '../version/object-names.ts'
import { subtractChecksums } from '../version/set-checksum.ts'

export type WrittenTombstones = {
  /** New entries by name of the segments that lost documents; undefined if the segment lost its last document. */
  readonly entries: ReadonlyMap<string, SegmentEntry | undefined>
  /** The upload of the new tombstones. */
  readonly upload: Promise<void>
}

/**
 * Makes tombstones for live documents and uploads them as one object. Returns the new entries of
 * the documents' segments.
 *
 * @param place.objectName a new object's name, without its folder
 */
export async function writeTombstones(
  store: ObjectStore,
  hits: readonly LiveHits[],
  place: { readonly prefix: string; readonly objectName: string },
): Promise<WrittenTombstones> {
  const entries = new Map<string, SegmentEntry | undefined>()
  const reduced = await Promise.all(hits.map((hit) => reduceEntry(store, hit)))
  const surviving = reduced.filter(({ entry }) => entry.deletedCount < entry.docCount)
  for (const { entry } of reduced) entries.set(entry.name, undefined)
  if (surviving.length === 0) return { entries, upload: Promise.resolve() }

  const { bytes, parts } = encodeTombstones(surviving.map(({ deleted }) => deleted))
  const object = tombstonesKey(place.objectName)
  for (const [i, { entry }] of surviving.entries()) {
    entries.set(entry.name, { ...entry, tombstones: { object, ...parts[i]! } })
  }
  return { entries, upload: store.put(place.prefix + object, bytes) }
}

async function reduceEntry(store: ObjectStore, hit: LiveHits): Promise<{ entry: SegmentEntry; deleted: Bitset }> {
  const { entry, reader, docIds } = hit
  const [hashes, liveFieldTotals] = await Promise.all([
    carryOut(store, reader.hashes.read(docIds)),
    Promise.all(
      entry.liveFieldTotals.map(async (totals) =>
        subtractLengths(totals, await carryOut(store, reader.columns.lengthsOf(totals.field, docIds))),
      ),
    ),
  ])
  const deleted = hit.deleted ? hit.deleted.slice() : newBitset(entry.docCount)
  for (const docId of docIds) bitsetAdd(deleted, docId)
  const reduced = {
    ...entry,
    deletedCount: entry.deletedCount + docIds.length,
    liveFieldTotals: liveFieldTotals.filter(({ docCount }) => docCount > 0),
    liveChecksum: subtractChecksums(entry.liveChecksum, sumHashes(hashes)),
  }
  assert(reduced.deletedCount <= entry.docCount, `a document of ${entry.name} is deleted only once`)
  assert(
    reduced.deletedCount < entry.docCount || reduced.liveChecksum.every((byte) => byte === 0),
    `the live checksum of ${entry.name} without live documents is zero`,
  )
  return { entry: reduced, deleted }
}

/** @param lengths of the deleted documents: the field's length + 1; 0 if the document lacks the field */
function subtractLengths(totals: FieldTotals, lengths: Uint32Array): FieldTotals {
  let { docCount, tokenCount } = totals
  for (const lengthPlusOne of lengths) {
    if (lengthPlusOne <= 1) continue
    docCount--
    tokenCount -= lengthPlusOne - 1
  }
  return { field: totals.field, docCount, tokenCount }
}
