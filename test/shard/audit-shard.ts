import { expect } from 'vitest'
import { bitsetHas } from '../../core/bytes/bitset.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { sumHashes } from '../../core/segment/format/document-hash.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { SegmentEntry } from '../../core/segment/format/segment-entry.ts'
import { readTombstones } from '../../core/segment/format/tombstones.ts'
import { openSegment } from '../../core/segment/read/open-segment.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { type ShardRef, shardPrefix } from '../../core/version/collection.ts'
import { type Head, readHead, readManifestObject } from '../../core/version/head.ts'
import type { Manifest } from '../../core/version/manifest.ts'
import { objectsOf, totalsOf } from '../../core/version/manifest.ts'
import { baseOfName } from '../../core/version/object-names.ts'
import { equalChecksums, sumChecksums } from '../../core/version/set-checksum.ts'

type Stores = { readonly store: ObjectStore; readonly coordination: Coordination }

/**
 * Reads a whole shard without code of the write path, and checks everything that a version
 * promises: its objects exist, no id is live twice, and counts, totals and checksums are those
 * of the live documents.
 */
export async function auditShard(
  stores: Stores,
  ref: ShardRef,
): Promise<{ head: Head; documents: Map<string, unknown> }> {
  const head = await readHead(stores, ref)
  return { head, documents: await auditManifest(stores.store, ref, head.manifest) }
}

/** Audited entries, by all their contents. */
export type Audited = Map<string, Map<string, unknown>>

/** Audits one version. @param audited results of earlier audits, which are used again because objects never change. @returns the live documents */
export async function auditManifest(
  store: ObjectStore,
  ref: ShardRef,
  manifest: Manifest,
  audited: Audited = new Map(),
): Promise<Map<string, unknown>> {
  const documents = new Map<string, unknown>()
  for (const entry of manifest.segments) {
    const key = JSON.stringify(entry)
    const live = audited.get(key) ?? (await auditEntry(store, shardPrefix(ref), entry))
    audited.set(key, live)
    for (const [id, document] of live) {
      expect(documents.has(id), `document ${id} is live once`).toBe(false)
      documents.set(id, document)
    }
  }
  const sum = sumChecksums(manifest.segments.map((entry) => entry.liveChecksum))
  expect(equalChecksums(manifest.checksum, sum), `checksum of version ${manifest.version}`).toBe(true)
  expect(totalsOf(manifest).docCount).toBe(documents.size)
  return documents
}

async function auditEntry(store: ObjectStore, prefix: string, entry: SegmentEntry): Promise<Map<string, unknown>> {
  const { tombstones, docCount, name } = entry
  const reader = await openSegment(store, prefix, entry)
  const deleted = tombstones && (await readTombstones(store, prefix, { ref: tombstones, docCount }))
  const all = Array.from({ length: docCount }, (_, docId) => docId)
  const live = all.filter((docId) => !deleted || !bitsetHas(deleted, docId))
  expect(live.length, `live documents of ${name}`).toBe(docCount - entry.deletedCount)
  expect(
    equalChecksums(entry.checksum, sumHashes(await carryOut(store, reader.hashes.read(all)))),
    `checksum of ${name}`,
  ).toBe(true)
  expect(equalChecksums(entry.liveChecksum, sumHashes(await carryOut(store, reader.hashes.read(live))))).toBe(true)
  for (const { field } of entry.fieldTotals) {
    const lengths = await carryOut(store, reader.columns.lengths(field))
    const tokens = live.map((docId) => lengths[docId]! - 1).filter((count) => count > 0)
    const found = entry.liveFieldTotals.find((totals) => totals.field === field)
    expect(found?.docCount ?? 0).toBe(tokens.length)
    expect(found?.tokenCount ?? 0).toBe(tokens.reduce((sum, count) => sum + count, 0))
  }
  const ids = await carryOut(store, reader.ids.read(live))
  const jsons = await carryOut(store, reader.documents.read(live))
  return new Map(ids.map((id, i) => [id, JSON.parse(new TextDecoder().decode(jsons[i]))]))
}

/** Follows the chain of manifests to the first, and checks that versions are dense and every manifest exists. */
export async function auditChain(store: ObjectStore, ref: ShardRef, newest: Manifest): Promise<Manifest[]> {
  const chain = [newest]
  for (let manifest = newest; manifest.version > 1; ) {
    const [previous] = manifest.predecessors
    expect(previous?.version).toBe(manifest.version - 1)
    manifest = await readManifestObject(store, ref, previous!)
    expect([manifest.version, manifest.commitId]).toEqual([previous!.version, previous!.commitId])
    chain.push(manifest)
  }
  checkOldestBases(chain)
  return chain.reverse()
}

/** Checks that the newest manifest's bounds of bases hold for the objects that the versions in between were the first to name. */
function checkOldestBases(newestFirst: readonly Manifest[]): void {
  let oldest = Number.POSITIVE_INFINITY
  for (const [i, manifest] of newestFirst.slice(0, -1).entries()) {
    const before = new Set(objectsOf(newestFirst[i + 1]!))
    for (const name of objectsOf(manifest)) if (!before.has(name)) oldest = Math.min(oldest, baseOfName(name))
    const { version } = newestFirst[i + 1]!
    const told = newestFirst[0]!.predecessors.find((one) => one.version === version)
    if (told) expect(told.oldestBase, `since version ${version}`).toBe(Math.min(oldest, version))
  }
}
