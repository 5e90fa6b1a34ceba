import { expect } from 'vitest'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { sumHashes } from '../../core/segment/document-hash.ts'
import { openSegment } from '../../core/segment/open-segment.ts'
import { bitsetHas, readTombstones } from '../../core/segment/tombstones.ts'
import { type ShardRef, shardPrefix } from '../../core/shard/collection.ts'
import { type Head, readHead, readManifestObject } from '../../core/shard/head.ts'
import type { Manifest } from '../../core/shard/manifest.ts'
import { totalsOf } from '../../core/shard/manifest.ts'
import { manifestKey } from '../../core/shard/object-names.ts'
import { equalChecksums, sumChecksums } from '../../core/shard/set-checksum.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'

type Stores = { readonly store: ObjectStore; readonly coordination: Coordination }

/**
 * Reads a shard from end to end, with none of the write path's own code, and
 * checks everything a version promises: objects are there, no id is live twice,
 * counts, totals and checksums are those of the live documents.
 */
export async function auditShard(
  stores: Stores,
  ref: ShardRef,
): Promise<{ head: Head; documents: Map<string, unknown> }> {
  const head = await readHead(stores, ref)
  return { head, documents: await auditManifest(stores.store, ref, head.manifest) }
}

/** The live documents of one version. */
export async function auditManifest(
  store: ObjectStore,
  ref: ShardRef,
  manifest: Manifest,
): Promise<Map<string, unknown>> {
  const prefix = shardPrefix(ref)
  const documents = new Map<string, unknown>()
  for (const entry of manifest.segments) {
    const { tombstones, docCount } = entry
    const reader = await openSegment(store, prefix, entry)
    const deleted = tombstones && (await readTombstones(store, prefix, { ref: tombstones, docCount }))
    const all = Array.from({ length: docCount }, (_, docId) => docId)
    const live = all.filter((docId) => !deleted || !bitsetHas(deleted, docId))
    expect(live.length, `live documents of ${entry.name}`).toBe(docCount - entry.deletedCount)
    const ids = await reader.ids(store, live)
    const jsons = await reader.documents(store, live)
    for (const [i, id] of ids.entries()) {
      expect(documents.has(id), `document ${id} is live once`).toBe(false)
      documents.set(id, JSON.parse(new TextDecoder().decode(jsons[i])))
    }
    expect(
      equalChecksums(entry.checksum, sumHashes(await reader.hashes(store, all))),
      `checksum of ${entry.name}`,
    ).toBe(true)
    expect(equalChecksums(entry.liveChecksum, sumHashes(await reader.hashes(store, live)))).toBe(true)
    for (const totals of entry.fieldTotals) {
      const lengths = (await reader.lengths(store, totals.field)).filter((_, docId) => live.includes(docId))
      const tokens = lengths.filter((length) => length > 1).map((length) => length - 1)
      const found = entry.liveFieldTotals.find(({ field }) => field === totals.field)
      expect(found?.docCount ?? 0).toBe(tokens.length)
      expect(found?.tokenCount ?? 0).toBe(tokens.reduce((sum, count) => sum + count, 0))
    }
  }
  expect(equalChecksums(manifest.checksum, sumChecksums(manifest.segments.map((entry) => entry.liveChecksum)))).toBe(
    true,
  )
  expect(totalsOf(manifest).docCount).toBe(documents.size)
  return documents
}

/** Follows the chain of manifests to the first: versions are dense, and every manifest is there. */
export async function auditChain(store: ObjectStore, ref: ShardRef, newest: Manifest): Promise<Manifest[]> {
  const chain = [newest]
  for (let manifest = newest; manifest.version > 1; ) {
    const [previous] = manifest.predecessors
    expect(previous?.version).toBe(manifest.version - 1)
    manifest = await readManifestObject(store, ref, manifestKey(previous!))
    expect(manifest).toMatchObject(previous!)
    chain.push(manifest)
  }
  return chain.reverse()
}
