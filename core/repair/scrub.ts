import type { Finding } from '../segment/scrub/scrub-finding.ts'
import type { Collection } from '../version/collection.ts'
import type { HeadComponents } from '../version/head.ts'
import { scrubRecords } from './scrub-records.ts'
import {
  bytesToScrub,
  type Damage,
  isGivenUp,
  type ScrubOptions,
  type ShardScrubbed,
  type ShardToScrub,
  scrubShard,
} from './scrub-shard.ts'

/** Maximum number of listed damages; all are counted. */
export const DAMAGE_LISTED_MAX = 1000

/** Maximum attempts at a shard whose objects are collected during the scrub. */
const ATTEMPTS_MAX = 3

export type ScrubRun = {
  /** Reads only manifests, footers and sizes. Default: false, which reads every byte. */
  readonly quick?: boolean
  /** Ends the scrub early; the report then has `isStopped`. */
  readonly signal?: AbortSignal | undefined
  readonly report?: ((doneBytes: number, ofBytes: number) => void) | undefined
}

export type ScrubReport = {
  readonly collections: number
  readonly shards: number
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Older versions that were read because snapshots or branches pin them. */
  readonly pinnedVersions: number
  /** Objects of these shards that no head names: older versions and garbage. Counted, not checked. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
  readonly damageCount: number
  /** The first {@link DAMAGE_LISTED_MAX}. */
  readonly damage: readonly Damage[]
  /** Whether the signal ended the run early. */
  readonly isStopped: boolean
}

/**
 * Scrubs collections, shard by shard. Writes may continue: each shard is read at the version of its head at that time.
 *
 * @param components.store without a cache
 */
export async function scrub(
  components: HeadComponents,
  collections: readonly Collection[],
  { quick = false, signal, report }: ScrubRun,
): Promise<ScrubReport> {
  const damage: Damage[] = []
  const sum = {
    shards: 0,
    segments: 0,
    documents: 0,
    bytes: 0,
    pinned: 0,
    objects: 0,
    unnamedBytes: 0,
    damageCount: 0,
    done: 0,
  }
  const refs = collections.flatMap(({ name, uid, shardCount }) =>
    Array.from({ length: shardCount }, (_, shard) => ({ collection: name, shardCount, ref: { uid, shard } })),
  )
  let ofBytes = 0
  if (report) for (const { ref } of refs) ofBytes += await bytesToScrub(components, ref)
  const options = {
    quick,
    signal,
    onDamage: (one: Damage) => {
      if (sum.damageCount++ < DAMAGE_LISTED_MAX) damage.push(one)
    },
    advance: (bytes: number) => {
      sum.done += bytes
      report?.(Math.min(sum.done, ofBytes), ofBytes)
    },
  }
  for (const collection of collections) {
    const find = (file: string, finding: Finding) =>
      options.onDamage({ collection: collection.name, shard: null, file, ...finding })
    await scrubRecords(components.store, collection, { quick, find })
  }
  let isStopped = false
  for (const shard of refs) {
    try {
      signal?.throwIfAborted()
      add(sum, await scrubWithRetries(components, shard, options))
    } catch (error) {
      if (!signal?.aborted) throw error
      isStopped = true
      break
    }
  }
  return {
    collections: collections.length,
    shards: sum.shards,
    segments: sum.segments,
    documents: sum.documents,
    bytes: sum.bytes,
    pinnedVersions: sum.pinned,
    unnamed: { objects: sum.objects, bytes: sum.unnamedBytes },
    damageCount: sum.damageCount,
    damage,
    isStopped,
  }
}

/** Scrubs a shard. Starts again if its version is collected during the scrub. */
async function scrubWithRetries(
  components: HeadComponents,
  shard: ShardToScrub,
  options: ScrubOptions,
): Promise<ShardScrubbed> {
  for (let attempt = 1; ; attempt++) {
    const found: Damage[] = []
    let count = 0
    const onDamage = (one: Damage) => {
      if (count++ < DAMAGE_LISTED_MAX) found.push(one)
    }
    const flush = () => {
      for (let i = 0; i < count; i++) options.onDamage(found[Math.min(i, found.length - 1)]!)
    }
    try {
      const scrubbed = await scrubShard(components, shard, { ...options, onDamage })
      const { version, pinned } = scrubbed
      const isOver = attempt === ATTEMPTS_MAX || count === 0 || version === undefined
      if (isOver || !(await isGivenUp(components, shard.ref, { version, pinned }))) {
        flush()
        return scrubbed
      }
    } catch (error) {
      // Damage found before a stop, or before the store failed, is reported.
      flush()
      throw error
    }
  }
}

function add(
  sum: Record<'shards' | 'segments' | 'documents' | 'bytes' | 'pinned' | 'objects' | 'unnamedBytes', number>,
  { segments, documents, bytes, pinned, unnamed }: ShardScrubbed,
): void {
  sum.shards++
  sum.segments += segments
  sum.documents += documents
  sum.bytes += bytes
  sum.pinned += pinned.length
  sum.objects += unnamed.objects
  sum.unnamedBytes += unnamed.bytes
}
