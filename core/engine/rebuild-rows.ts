import { type RebuildTableComponents, rebuildTable } from '../repair/rebuild-table.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { RebuildTableAnswer, RebuildTableRequest } from './engine.ts'

/** Rebuilds the table without a cache, and reports in the form of the contract. */
export async function rebuildRows(
  components: RebuildTableComponents & { readonly plainStore?: ObjectStore },
  { dry_run = false, signal, report }: RebuildTableRequest = {},
): Promise<RebuildTableAnswer> {
  const { store, plainStore = store } = components
  const { isDryRun, collections, deleted, skipped } = await rebuildTable(
    { ...components, store: plainStore },
    { dryRun: dry_run, signal, report },
  )
  return {
    dry_run: isDryRun,
    collections: collections.map(({ name, formerName, uid, schemaVersion, documents, shards, doubts }) => ({
      name,
      former_name: formerName ?? null,
      uid,
      schema_version: schemaVersion,
      documents,
      shards: shards.map(({ provenVersion, replayed, ...shard }) => ({
        ...shard,
        proven_version: provenVersion,
        replayed: replayed.map(({ version, commitId }) => ({ version, commit: commitId })),
      })),
      doubts,
    })),
    deleted,
    skipped: skipped.map(({ uid, name, reason }) => ({ uid, name: name ?? null, reason })),
  }
}
