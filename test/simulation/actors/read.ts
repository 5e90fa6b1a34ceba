import type { SearchAnswer } from '../../../core/query/search-request.ts'
import { shardOfId } from '../../../core/shard/routing.ts'
import { decodeSession } from '../../../core/shard/session.ts'
import { type Actor, type Client, codeOf, NAME, remember } from '../client.ts'
import { fail, type KnownShard, nameOf } from '../history.ts'
import { titleOf } from './write.ts'

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
  const uids = new Set(Array.from(history.shards.values(), ({ uid }) => uid))
  const shards = [...new Set(asked.map((id) => shardOfId(id, shardCount)))]
  if ([...uids].some((uid) => shards.every((shard) => holds(uid, shard)))) return
  fail(
    `a strong read since step ${fromStep} found ${asked.map((id, i) => `${id}=${numbers[i]}`)}, which was never so meanwhile`,
  )
}

/** Searches the newest versions. */
export const searchStrongly: Actor = async (client) => {
  const fromStep = client.scheduler.step
  await search(client, { consistency: 'strong' }, (shard, version) => {
    if (client.history.wasCurrent(shard, version, fromStep, client.scheduler.step)) return
    fail(`a strong search since step ${fromStep} read version ${version} of ${nameOf(shard)}, which was older`)
  })
}

/** Searches what is at least as new as all that this client has read and written. */
export const searchInSession: Actor = async (client) => {
  const { session } = client
  if (session === undefined) return
  const least = decodeSession(session)
  await search(client, { session }, (shard, version) => {
    const expected = least.get(shard.uid)?.[shard.shard] ?? 0
    if (version < expected) fail(`a session of version ${expected} of ${nameOf(shard)} was answered from ${version}`)
  })
}

/** Searches what the process happens to know: never older than it has answered before, and as old as it says. */
export const searchEventually: Actor = async (client) => {
  const { history, process, scheduler, seen } = client
  const fromStep = scheduler.step
  await search(client, { consistency: 'eventual' }, (shard, version, { snapshot }) => {
    const before = seen.get(nameOf(shard)) ?? []
    const newer = before.find((other) => other.atStep <= fromStep && other.version > version)
    if (newer) fail(`${process.name} answered version ${version} of ${nameOf(shard)} after version ${newer.version}`)
    seen.set(nameOf(shard), [...before, { version, atStep: scheduler.step }])
    if (process.hasBeenFrozen) return
    const knownMs = scheduler.nowMs - snapshot.staleness_ms - 1
    const overMs = history.shards.get(nameOf(shard))?.versions[version]?.atMs ?? Number.POSITIVE_INFINITY
    if (overMs < knownMs) fail(`version ${version} was over at ${overMs}, and said to be known at ${knownMs}`)
  })
}

async function search(
  client: Client,
  freshness: { readonly consistency?: 'strong' | 'eventual'; readonly session?: string },
  check: (shard: KnownShard, version: number, answer: SearchAnswer) => void,
): Promise<void> {
  const { engine, history, process, scheduler, chance } = client
  const word = chance.oneOf(['all', 'word0', 'word1'])
  const answer = await engine
    .search(NAME, { query: word, limit: 1000, ...freshness })
    .catch((error: unknown) => codeOf(history, error))
  if (typeof answer === 'string' || !process.isAlive) return
  const [entry] = decodeSession(answer.session)
  const uid = entry?.[0]
  const hits = answer.hits.map(({ id, document }) => ({ id, n: document.n as number }))
  scheduler.log(
    () => `${process.name} FOUND ${hits.map(({ id, n }) => `${id}=${n}`).join(' ')} at ${answer.snapshot.versions}`,
  )
  for (const { shard, reason } of answer.shards.failures) {
    const isGone = history.shards.get(`${uid}#${shard}`)?.deleted !== undefined
    if (/no object|internal error/.test(reason) && !isGone) fail(`a search met ${reason}`)
  }
  for (const [number, version] of answer.snapshot.versions.entries()) {
    if (version === 0) continue
    const shard = history.shards.get(`${uid}#${number}`)
    const known = shard?.versions[version - 1]
    if (!shard || !known) fail(`a search read version ${version} of ${uid}#${number}, which was never committed`)
    const expected = [...known.documents].filter(([, n]) => titleOf(n).split(' ').includes(word)).sort(byId)
    const found = hits
      .filter(({ id }) => shardOfId(id, client.shardCount) === number)
      .map(({ id, n }) => [id, n] as const)
    if (String(found.sort(byId)) !== String(expected) && !answer.shards.failures.some((one) => one.shard === number)) {
      fail(`a search for ${word} in version ${version} of ${nameOf(shard)} found ${found}, expected ${expected}`)
    }
    check(shard, version, answer)
  }
  remember(client, answer.session)
}

function byId([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1
}
