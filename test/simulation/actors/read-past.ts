import { NotFoundError, PrismError } from '../../../core/errors.ts'
import { shardPrefix } from '../../../core/version/collection.ts'
import { manifestKey } from '../../../core/version/object-names.ts'
import { fail, type KnownShard, nameOf } from '../history/known-shard.ts'
import { storeTime } from '../processes/observed-places.ts'
import type { Actor, Client } from './client.ts'
import { search } from './search.ts'

const AGES_MS = [0, 100, 2_000, 60_000, 3_600_000]

/** Reads versions by their numbers: each as it was, or `version_not_retained` if the shard does not keep it any more. */
export const readAtVersion: Actor = async (client) => {
  const { chance, history, scheduler, shardCount } = client
  const uid = [...history.uids].at(-1)
  const shards = Array.from({ length: shardCount }, (_, shard) => history.shards.get(`${uid}#${shard}`))
  if (!shards.every((shard) => shard !== undefined && shard.versions.length > 0)) return
  const versions = shards.map((shard) => 1 + chance.below(shard!.versions.length))
  const fromStep = scheduler.step
  // Of another collection these may be versions that are yet to come.
  const found = await search(client, { at_version: versions }, ['version_not_retained', 'invalid_versions'])
  if (!found) return
  if ('answer' in found) {
    const other = found.shards.find(({ shard, version }) => version !== versions[shard.shard])
    if (other)
      fail(`versions ${versions} were asked for, and version ${other.version} of ${nameOf(other.shard)} answered`)
    return
  }
  // What was refused may have been the other collection's.
  if (history.isReplaced) return
  const { shard, version } = detailsOf(found.refusal)
  const known = shards[shard]
  if (!known || version !== versions[shard]) return fail(`a read of versions ${versions} failed: ${found.refusal}`)
  if (version >= known.retainedFrom || history.snapshots.hasKept(known.uid, shard, { version }, fromStep)) {
    fail(`version ${version} of ${nameOf(known)} is kept, and was refused`)
  }
}

/** Reads what stood at a moment: with all that was committed by then, and nothing that began later. */
export const readAtTime: Actor = async (client) => {
  const { chance, history, scheduler, process } = client
  const timeMs = storeTime(scheduler.nowMs - chance.oneOf(AGES_MS) * chance.random.number())
  const read = { at_time: new Date(timeMs).toISOString() }
  scheduler.log(() => `${process.name} READS what stood at ${read.at_time}`)
  const found = await search(client, read, ['version_not_retained'])
  if (!found) return
  if ('refusal' in found) {
    const { shard } = detailsOf(found.refusal)
    if (history.isReplaced) return
    const known = history.shards.get(`${[...history.uids][0]}#${shard}`)
    const stood = known && newestAt(client, known, timeMs)
    if (stood === undefined || stood < known!.retainedFrom) return
    return fail(`version ${stood} of ${nameOf(known!)} stood at ${read.at_time} and is kept, and was refused`)
  }
  for (const { shard, version } of found.shards) {
    const stood = newestAt(client, shard, timeMs) ?? 0
    if (version < stood) fail(`version ${version} of ${nameOf(shard)} was answered for ${read.at_time}: ${stood} stood`)
    for (const n of shard.versions[version - 1]!.documents.values()) {
      if (storeTime(history.putOf(n).invokedMs) > timeMs) fail(`what stood at ${read.at_time} has number ${n} of later`)
    }
  }
}

/**
 * The newest version that was committed by a time of the store. One whose manifest was uploaded once more, by a late
 * duplicate of the request, is dated by that, and may be missed.
 */
function newestAt({ seemsNewer }: Client, shard: KnownShard, timeMs: number): number | undefined {
  return shard.versions.findLast(
    ({ atMs, manifest }) => storeTime(atMs) <= timeMs && !seemsNewer(shardPrefix(shard) + manifestKey(manifest)),
  )?.version
}

function detailsOf(refusal: unknown): { readonly shard: number; readonly version: number } {
  const isNotRetained = refusal instanceof NotFoundError && refusal.code === 'version_not_retained'
  if (!isNotRetained) fail(`a read of the past failed: ${refusal instanceof PrismError ? refusal.message : refusal}`)
  return (refusal as NotFoundError).details as { shard: number; version: number }
}
