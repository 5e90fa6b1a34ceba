import type { Random } from '../random.ts'
import type { Schema } from '../schema/schema.ts'
import type { SegmentFile } from '../segment/format/segment-entry.ts'
import { ownFiles } from '../segment/read/segment-files.ts'
import type { BuiltSegment } from '../segment/write/build-segment.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Head } from '../version/head.ts'
import { baseOfName, newObjectName } from '../version/object-names.ts'
import type { Put } from './plan-writes.ts'

/** Makes a segment of documents sorted by id. */
export type BuildSegment = (input: {
  readonly schema: Schema
  readonly name: string
  readonly puts: readonly Put[]
}) => Promise<BuiltSegment>

type UploadComponents = {
  readonly store: ObjectStore
  readonly random: Random
  readonly buildSegment: BuildSegment
}

/** A built segment and its further files on their way to the store. */
export type SegmentUpload = {
  file(): SegmentFile
  uploaded(): Promise<unknown>
  /** Uploads all of them once more under a new name if collection may have taken the first. */
  avoid(head: Head): void
}

/** Builds a segment of what is put, and begins to upload it; nothing of either without puts. */
export async function beginUpload(
  { store, random, buildSegment }: UploadComponents,
  { prefix, schema, puts, base }: { prefix: string; schema: Schema; puts: readonly Put[]; base: Head },
): Promise<SegmentUpload | undefined> {
  if (puts.length === 0) return undefined
  const built = await buildSegment({ schema, name: newObjectName(base.manifest.version, random), puts })
  let { file } = built
  const upload = () => {
    const contents = [built.bytes, ...built.sideFileBytes]
    const uploading = Promise.all(ownFiles(prefix, file).map(({ key }, i) => store.put(key, contents[i]!)))
    // The commit awaits the upload and reports its failure; until then nothing listens.
    uploading.catch(() => undefined)
    return uploading
  }
  let uploading = upload()
  return {
    file: () => file,
    uploaded: () => uploading,
    avoid(head) {
      if (head.gcFloor <= baseOfName(file.name)) return
      file = { ...file, name: newObjectName(head.manifest.version, random) }
      uploading = upload()
    },
  }
}
