import type { Random } from '../random.ts'
import type { Schema } from '../schema/schema.ts'
import type { SegmentFile } from '../segment/format/segment-entry.ts'
import { ownFiles } from '../segment/read/segment-files.ts'
import type { BuiltSegment } from '../segment/write/build-segment.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Head } from '../version/head.ts'
import { baseOfName, newObjectName } from '../version/object-names.ts'
import type { Put } from './plan-writes.ts'

/** Builds a segment from documents sorted by id. */
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

/** The upload of a segment's files. */
export type SegmentUpload = {
  file(): SegmentFile
  uploaded(): Promise<unknown>
  /** Uploads all files again under a new name if garbage collection may have deleted the first upload. */
  avoid(head: Head): void
}

/** Builds a segment from `puts` and begins to upload it. Does nothing and returns undefined without puts. */
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
    // The commit awaits the upload and reports its failure. Until then a failure must not count as unhandled.
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
