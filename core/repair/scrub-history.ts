import { NotFoundError } from '../errors.ts'
import { type Finding, guard } from '../segment/scrub/scrub-finding.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type Head, type HeadComponents, readHead, readManifestObject } from '../version/head.ts'
import type { Manifest } from '../version/manifest.ts'
import { type ManifestId, manifestKey } from '../version/object-names.ts'

/** Concurrent reads of manifests. */
const READS_AT_ONCE = 32

/**
 * Reads the manifests of the older kept versions: each must match its name. Every version names its predecessors at
 * distances 1, 2, 4 …, so a few rounds reach all of them.
 *
 * @param read versions that were already read: the head's first, then pinned versions
 * @param quick reads only the versions that `read` name
 */
export async function scrubHistory(
  components: HeadComponents,
  ref: ShardRef,
  { head, read, quick }: { readonly head: Head; readonly read: readonly Manifest[]; readonly quick: boolean },
  findIn: (file: string) => (finding: Finding) => void,
): Promise<void> {
  const seen = new Set([...read, ...head.pins].map(({ commitId }) => commitId))
  const unseen = ({ predecessors }: Manifest): ManifestId[] =>
    predecessors.filter(
      ({ version, commitId }) => version >= head.retainedFrom && !seen.has(commitId) && seen.add(commitId),
    )
  const missing: ManifestId[] = []
  const waiting = read.flatMap(unseen)
  while (waiting.length > 0) {
    const some = waiting.splice(0, READS_AT_ONCE).map(async (id) => {
      let manifest: Manifest | undefined
      await guard('manifest', findIn(shardPrefix(ref) + manifestKey(id)), async () => {
        manifest = await readManifestObject(components.store, ref, id).catch((error: unknown) => {
          if (!(error instanceof NotFoundError)) throw error
          missing.push(id)
          return undefined
        })
      })
      return manifest && !quick ? unseen(manifest) : []
    })
    waiting.push(...(await Promise.all(some)).flat())
  }
  if (missing.length === 0) return
  // Versions whose retention ended during the run may be gone.
  const { retainedFrom } = await readHead(components, ref, head)
  for (const id of missing.filter(({ version }) => version >= retainedFrom)) {
    findIn(shardPrefix(ref) + manifestKey(id))({ section: 'manifest', found: 'no object', expected: 'an object' })
  }
}
