import type { ReadRequest, SearchAnswer } from '../../../core/contract/search-request.ts'
import { shardOfId } from '../../../core/version/routing.ts'
import { decodeSession } from '../../../core/version/session.ts'
import { fail, type KnownShard, nameOf } from '../history/known-shard.ts'
import { type Client, codeOf, NAME, remember } from './client.ts'
import { titleOf } from './write.ts'

/** A shard of an answer, and the version that it was answered from. */
export type AnsweredShard = { readonly shard: KnownShard; readonly version: number }

export type CheckedAnswer = {
  readonly answer: SearchAnswer
  readonly uid: string
  /** Those that have answered. */
  readonly shards: readonly AnsweredShard[]
}

/**
 * Searches, and holds the hits of each shard against what the version held that they are said to be of.
 *
 * @param refusals codes of errors that the read may be answered with besides those of faults
 * @returns the error's code, or undefined if the process has crashed meanwhile
 */
export async function search(
  client: Client,
  read: ReadRequest,
  refusals: readonly string[] = [],
): Promise<CheckedAnswer | { readonly refusal: unknown } | undefined> {
  const { engine, history, process, scheduler, chance } = client
  const word = chance.oneOf(['all', 'word0', 'word1'])
  let answer: SearchAnswer
  try {
    answer = await engine.search(NAME, { query: word, limit: 1000, ...read })
  } catch (error) {
    if (!process.isAlive) return undefined
    const code = codeOf(history, error, refusals)
    return refusals.includes(code) ? { refusal: error } : undefined
  }
  if (!process.isAlive) return undefined
  const [entry] = decodeSession(answer.session)
  if (!entry) return fail('an answer without a session')
  const [uid] = entry
  const hits = answer.hits.map(({ id, document }) => ({ id, n: document.n as number }))
  scheduler.log(
    () => `${process.name} FOUND ${hits.map(({ id, n }) => `${id}=${n}`).join(' ')} at ${answer.snapshot.versions}`,
  )
  for (const { shard, reason } of answer.shards.failures) {
    const isGone = history.shards.get(nameOf({ uid, shard }))?.deleted !== undefined
    if (/no object|internal error|the session has seen/.test(reason) && !isGone) fail(`a search met ${reason}`)
  }
  const shards = answer.snapshot.versions.flatMap((version, number): AnsweredShard[] => {
    if (version === 0) return []
    const shard = history.shards.get(nameOf({ uid, shard: number }))
    const known = shard?.versions[version - 1]
    if (!shard || !known) return fail(`a search read version ${version} of ${uid}#${number}, which was never committed`)
    if (answer.shards.failures.some((failure) => failure.shard === number)) return [{ shard, version }]
    const expected = [...known.documents].filter(([, n]) => titleOf(n).split(' ').includes(word)).sort(byId)
    const found = hits
      .filter(({ id }) => shardOfId(id, client.shardCount) === number)
      .map(({ id, n }) => [id, n] as const)
    if (String(found.sort(byId)) !== String(expected)) {
      fail(`a search for ${word} in version ${version} of ${nameOf(shard)} found ${found}, expected ${expected}`)
    }
    return [{ shard, version }]
  })
  remember(client, answer.session)
  return { answer, uid, shards }
}

function byId([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1
}
