import type { Actor } from './client.ts'
import { CONDITIONAL_IDS, type Draw, tryOperations } from './conditional-operations.ts'
import { titleOf } from './write.ts'

/** Clients of two processes patch the same document at the same time: neither patch may undo what the other added. */
export const patchTogether: Actor = async (client) => {
  const { all, beside, chance, process, versions } = client
  const id = chance.oneOf(CONDITIONAL_IDS)
  if (!versions.has(id)) await tryOperations(client, { ids: [id], isAtomic: false, draw: put })
  const rivals = all.filter((one) => one.process.isAlive && one.process !== process)
  if (rivals.length > 0)
    beside(tryOperations(chance.oneOf(rivals), { ids: [id], isAtomic: false, draw: patchOf('m0') }))
  await tryOperations(client, { ids: [id], isAtomic: false, draw: patchOf('m1') })
}

const put: Draw = (_, id, n) => ({ kind: 'put', document: { id, n, title: titleOf(n) } })

/** @param member of the document, which the other patch leaves alone */
function patchOf(member: string): Draw {
  return (_, __, n) => ({ kind: 'patch', patch: { n, title: titleOf(n), [member]: n } })
}
