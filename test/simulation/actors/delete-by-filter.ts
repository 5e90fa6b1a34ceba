import { fail, nameOf } from '../history/known-shard.ts'
import { type Actor, codeOf, NAME, remember, rememberWritten } from './client.ts'

/** Deletes those of the common documents that were written long enough ago: each only as long as nobody has written it anew. */
export const deleteByFilter: Actor = async (client) => {
  const { chance, engine, history, ids, nextNumber, process, scheduler } = client
  const most = 1 + chance.below(nextNumber())
  const accepts = (n: number) => n < most
  const matched = matching(client, accepts)
  const writes = ids.map((id) => history.begin({ kind: 'delete', process, id, n: 0, accepts }))
  scheduler.log(() => `${process.name} DELETES below number ${most}`)
  const answer = await engine
    .deleteByFilter(NAME, { filter: { id: { in: ids }, n: { lt: most } } })
    .catch((error: unknown) => codeOf(history, error))
  if (!process.isAlive) return
  if (typeof answer === 'string') {
    for (const write of writes) history.settle(write, answer, true)
    return
  }
  scheduler.log(() => `${process.name} DELETED ${answer.deleted} below number ${most}`)
  remember(client, answer.session)
  rememberWritten(client, answer.session)
  // One that was cut short has done what its cursor has passed, and may have sent more.
  if (answer.cursor !== null || answer.failed > 0) {
    for (const write of writes) history.settle(write, 'outcome_unknown', true)
    return
  }
  for (const write of writes) history.settle(write, 'done', true)
  // Of a collection that is just being replaced it was perhaps the other that was worked through.
  if (history.uids.size > 1) return
  const left = matching(client, accepts).find((key) => matched.includes(key))
  if (left) fail(`${left} was there all the time of a deletion of all below number ${most}, and still is`)
}

/** What a filter accepts now, with the places where it is. */
function matching({ history, ids }: Parameters<Actor>[0], accepts: (n: number) => boolean): string[] {
  return [...history.shards.values()].flatMap((shard) =>
    shard.deleted
      ? []
      : [...(shard.versions.at(-1)?.documents ?? [])].flatMap(([id, n]) =>
          ids.includes(id) && accepts(n) ? `${id}=${n} of ${nameOf(shard)}` : [],
        ),
  )
}
