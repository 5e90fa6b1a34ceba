import type { Actor } from './client.ts'
import { writeInCrowd } from './crowd.ts'
import { deleteByFilter } from './delete-by-filter.ts'
import { collect, compact, compactWanted } from './maintain.ts'
import { patchTogether } from './patch-together.ts'
import { getDocuments, searchEventually, searchInSession, searchStrongly } from './read.ts'
import { readAtTime, readAtVersion } from './read-past.ts'
import { createCollection, deleteCollection } from './recreate.ts'
import { createSnapshot, createSnapshotInTrouble, deleteSnapshot, readSnapshot } from './snapshots.ts'
import { deleteOne, writeBatch, writeOnce, writeTwoUnderOneKey } from './write.ts'
import { readVersioned, writeConditionally } from './write-conditionally.ts'

/** All that clients do, and how often. To add something, write its file and name it here. */
export const ACTORS: { readonly [name: string]: { readonly act: Actor; readonly weight: number } } = {
  writeBatch: { act: writeBatch, weight: 10 },
  writeOnce: { act: writeOnce, weight: 2 },
  writeInCrowd: { act: writeInCrowd, weight: 0.4 },
  writeTwoUnderOneKey: { act: writeTwoUnderOneKey, weight: 0.7 },
  deleteOne: { act: deleteOne, weight: 3 },
  deleteByFilter: { act: deleteByFilter, weight: 0.6 },
  writeConditionally: { act: writeConditionally, weight: 6 },
  patchTogether: { act: patchTogether, weight: 1.5 },
  readVersioned: { act: readVersioned, weight: 1.5 },
  getDocuments: { act: getDocuments, weight: 4 },
  searchStrongly: { act: searchStrongly, weight: 2 },
  searchInSession: { act: searchInSession, weight: 4 },
  searchEventually: { act: searchEventually, weight: 2 },
  createSnapshot: { act: createSnapshot, weight: 1 },
  createSnapshotInTrouble: { act: createSnapshotInTrouble, weight: 1 },
  deleteSnapshot: { act: deleteSnapshot, weight: 0.7 },
  readSnapshot: { act: readSnapshot, weight: 1.5 },
  readAtVersion: { act: readAtVersion, weight: 1 },
  readAtTime: { act: readAtTime, weight: 1 },
  compact: { act: compact, weight: 1.5 },
  compactWanted: { act: compactWanted, weight: 0.3 },
  collect: { act: collect, weight: 2 },
  deleteCollection: { act: deleteCollection, weight: 0.15 },
  createCollection: { act: createCollection, weight: 2.5 },
}
