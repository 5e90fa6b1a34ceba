import type { Schema } from '../schema/schema.ts'
import type { CommitComponents, Edit } from './commit.ts'
import { type Deletion, deleteDocuments } from './delete-documents.ts'
import type { LiveHits } from './find-documents.ts'
import type { Head } from './head.ts'
import { liveEntry } from './manifest-codec.ts'
import { newObjectName } from './object-names.ts'
import type { PreparedSegment } from './write-group.ts'

/** What a version is without the documents that were hit, and with those of a new segment. */
export async function composeWrite(
  { store, random }: CommitComponents,
  head: Head,
  change: {
    readonly prefix: string
    readonly schema: Schema
    readonly hits: readonly LiveHits[]
    readonly segment: PreparedSegment | undefined
  },
): ReturnType<Edit> {
  const { prefix, schema, hits, segment } = change
  segment?.avoid(head)
  const objectName = newObjectName(head.manifest.version, random)
  const deletion: Deletion | undefined =
    hits.length === 0 ? undefined : await deleteDocuments(store, hits, { prefix, objectName })
  const kept = head.manifest.segments.flatMap((entry) =>
    deletion?.entries.has(entry.name) ? (deletion.entries.get(entry.name) ?? []) : entry,
  )
  const draft = {
    schemaVersion: schema.version,
    segments: segment ? [...kept, liveEntry(segment.file())] : kept,
  }
  return { draft, uploads: Promise.all([segment?.uploaded(), deletion?.upload]) }
}
