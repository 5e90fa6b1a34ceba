import { type Actor, codeOf, NAME, remember, rememberWritten } from '../client.ts'
import { fail, nameOf } from '../known-shard.ts'

/** Deletes those of the common documents whose number is high enough: each only as long as its newest version is. */
export const deleteByFilter: Actor = async (client) => {
  const { chance, engine, history, ids, process, scheduler } = client
  const least = 1 + chance.below(history.writes.length)
  const accepts = (n: number) => n >= least
  const matched = matching(client, accepts)
  const writes = ids.map((id) => history.begin({ kind: 'delete', process, id, n: 0, accepts }))
  scheduler.log(() => `${process.name} DELETES from number ${least} on`)
  const answer = await engine
    .deleteByFilter(NAME, { filter: { id: { in: ids }, n: { gte: least } } })
    .catch((error: unknown) => codeOf(history, error))
  if (!process.isAlive) return
  if (typeof answer === 'string') {
    for (const write of writes) history.settle(write, answer, true)
    return
  }
  scheduler.log(() => `${process.name} DELETED ${answer.deleted} from number ${least} on`)
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
  if (left) fail(`${left} was there all the time of a deletion of all from number ${least} on, and still is`)
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
