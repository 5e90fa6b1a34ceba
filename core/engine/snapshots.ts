import type { Engine, SnapshotInfo } from './engine.ts'
import type { Shards } from './shards.ts'

type Row = Awaited<ReturnType<Shards['createSnapshot']>>

/** The methods for named snapshots of collections. */
export function snapshotMethods(shards: Shards): Pick<Engine, 'createSnapshot' | 'listSnapshots' | 'deleteSnapshot'> {
  return {
    createSnapshot: async (name, snapshot) =>
      describeSnapshot(await shards.createSnapshot(await shards.getCollection(name, 'fresh'), snapshot)),
    listSnapshots: async (name) =>
      (await shards.listSnapshots(await shards.getCollection(name, 'fresh'))).map(describeSnapshot),
    deleteSnapshot: async (name, snapshot) =>
      shards.deleteSnapshot(await shards.getCollection(name, 'fresh'), snapshot),
  }
}

function describeSnapshot({ name, versions, createdMs }: Row): SnapshotInfo {
  return {
    name,
    versions: versions.map(({ version }) => version),
    created_at: new Date(createdMs).toISOString(),
  }
}
