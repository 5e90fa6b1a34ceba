import type { ReadRequest } from '../../../core/contract/search-request.ts'
import { shardOfId } from '../../../core/version/routing.ts'
import { decodeSession } from '../../../core/version/session.ts'
import { fail, nameOf } from '../history/known-shard.ts'
import { type Actor, type Client, codeOf, NAME } from './client.ts'
import { type AnsweredShard, search } from './search.ts'

/** Reads some documents by id, strongly. */
export const getDocuments: Actor = async (client) => {
  const { chance, ids, engine, history, process, scheduler, shardCount } = client
  const asked = ids.filter(() => chance.happens(0.7))
  if (asked.length === 0) return
  const fromStep = scheduler.step
  const found = await engine.getDocuments(NAME, asked).catch((error: unknown) => codeOf(history, error))
  if (typeof found === 'string' || !process.isAlive) return
  const numbers = found.map((document) => document?.n as number | undefined)
  scheduler.log(() => `${process.name} GOT ${asked.map((id, i) => `${id}=${numbers[i]}`).join(' ')}`)

  const holds = (uid: string, shard: number): boolean => {
    const known = history.shards.get(`${uid}#${shard}`)
    return (known?.versions ?? []).some(
      ({ version, documents }) =>
        history.wasCurrent(known!, version, fromStep, scheduler.step) &&
        asked.every((id, i) => shardOfId(id, shardCount) !== shard || documents.get(id) === numbers[i]),
    )
  }
  const shards = [...new Set(asked.map((id) => shardOfId(id, shardCount)))]
  if ([...history.uids].some((uid) => shards.every((shard) => holds(uid, shard)))) return
  fail(
    `a strong read since step ${fromStep} found ${asked.map((id, i) => `${id}=${numbers[i]}`)}, which was never so meanwhile`,
  )
}

/** Searches the newest versions. */
export const searchStrongly: Actor = async (client) => {
  const { history, scheduler } = client
  const fromStep = scheduler.step
  for (const { shard, version } of await searched(client, { consistency: 'strong' })) {
    if (history.wasCurrent(shard, version, fromStep, scheduler.step)) continue
    fail(`a strong search since step ${fromStep} read version ${version} of ${nameOf(shard)}, which was older`)
  }
}

/**
 * Searches what is at least as new as all that a client has read and written: this one, or one of any process that
 * has handed its session over.
 */
export const searchInSession: Actor = async (client) => {
  const { session } = client.chance.oneOf(client.all)
  if (session === undefined) return
  const least = decodeSession(session)
  for (const { shard, version } of await searched(client, { session })) {
    const expected = least.get(shard.uid)?.[shard.shard] ?? 0
    if (version < expected) fail(`a session of version ${expected} of ${nameOf(shard)} was answered from ${version}`)
  }
}

/** Searches what the process happens to know: never older than it has answered before, and as old as it says. */
export const searchEventually: Actor = async (client) => {
  const { history, process, scheduler, seen } = client
  const fromStep = scheduler.step
  const found = await search(client, { consistency: 'eventual' })
  if (!found || 'refusal' in found) return
  for (const { shard, version } of found.shards) {
    const before = seen.get(nameOf(shard)) ?? []
    const newer = before.find((other) => other.atStep <= fromStep && other.version > version)
    if (newer) fail(`${process.name} answered version ${version} of ${nameOf(shard)} after version ${newer.version}`)
    seen.set(nameOf(shard), [...before, { version, atStep: scheduler.step }])
    if (process.hasBeenFrozen) continue
    const knownMs = scheduler.nowMs - process.realMs(found.answer.snapshot.staleness_ms) - 1
    const overMs = history.shards.get(nameOf(shard))?.versions[version]?.atMs ?? Number.POSITIVE_INFINITY
    if (overMs < knownMs) fail(`version ${version} was over at ${overMs}, and said to be known at ${knownMs}`)
  }
}

async function searched(client: Client, read: ReadRequest): Promise<readonly AnsweredShard[]> {
  const found = await search(client, read)
  return found && 'shards' in found ? found.shards : []
}
