import { shardOfId } from '../../../core/version/routing.ts'
import type { ModelCondition } from '../../conditional/sequential-model.ts'
import { type Actor, codeOf, NAME } from './client.ts'
import { CONDITIONAL_IDS, type Draw, learn, tryOperations } from './conditional-operations.ts'
import { titleOf } from './write.ts'

/** Puts, patches and deletes documents, most of the time on condition of what they hold; several at once all or nothing, or each. */
export const writeConditionally: Actor = async (client) => {
  const { chance, shardCount } = client
  const isAtomic = chance.happens(0.5)
  const shard = chance.below(shardCount)
  const ids = CONDITIONAL_IDS.filter((id) => chance.happens(0.5) && (!isAtomic || shardOfId(id, shardCount) === shard))
  if (ids.length > 0) await tryOperations(client, { ids, isAtomic, draw })
}

/** Reads them with their versions, which conditions may be based on. */
export const readVersioned: Actor = async (client) => {
  const { engine, history, process } = client
  const told = CONDITIONAL_IDS.map((id) => history.operations.begin(client.number, id, { kind: 'read' }))
  const found = await engine.getVersioned(NAME, CONDITIONAL_IDS).catch((error: unknown) => codeOf(history, error))
  if (!process.isAlive) return
  for (const [i, one] of told.entries()) {
    if (typeof found === 'string') history.operations.refuse(one)
    else learn(client, one, `read ${found[i]?.version ?? null}`, found[i]?.version ?? null)
  }
}

const draw: Draw = ({ chance, versions }, id, n) => {
  const seen = versions.get(id)
  const conditions: readonly ModelCondition[] = [
    {},
    { absent: true },
    { present: true },
    ...(seen === undefined ? [] : Array.from({ length: 4 }, () => ({ version: seen }))),
  ]
  const condition = chance.oneOf(conditions)
  const document = { n, title: titleOf(n) }
  if (chance.happens(0.15)) return { kind: 'delete', condition }
  if (chance.happens(0.5)) return { kind: 'put', document: { id, ...document }, condition }
  return { kind: 'patch', patch: { ...document, [`m${chance.below(3)}`]: n }, condition }
}
