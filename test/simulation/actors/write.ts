import type { Write } from '../history/history.ts'
import { fail } from '../history/known-shard.ts'
import { type Actor, type Client, codeOf, NAME, remember, rememberWritten } from './client.ts'

const TRIES_MAX = 3
const DAY_MS = 24 * 3_600_000

/** Writes a few documents under ids that others write to as well, each once. */
export const writeBatch: Actor = async (client) => {
  const { chance, ids } = client
  const count = 1 + chance.below(Math.min(3, ids.length))
  const first = chance.below(ids.length)
  const chosen = Array.from({ length: count }, (_, i) => ids[(first + i) % ids.length]!)
  const writes = chosen.map((id) => begin(client, id))
  await send(client, writes, { documents: documentsOf(client, writes), key: undefined, isLast: true })
}

/** Writes documents without ids under an idempotency key, again and again until it knows. */
export const writeOnce: Actor = async (client) => {
  const { chance, process } = client
  const writes = Array.from({ length: 1 + chance.below(2) }, () => begin(client, undefined))
  const key = `key-${writes[0]!.n}`
  const documents = documentsOf(client, writes)
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const isAllDone = await send(client, writes, { documents, key, isLast: attempt === TRIES_MAX })
    if (isAllDone) return
    await process.sleep(100 * chance.random.number())
  }
}

/** Sends two requests under one idempotency key, which belongs to the one that was faster: the other does nothing. */
export const writeTwoUnderOneKey: Actor = async (client) => {
  const { history, process } = client
  const writes = [begin(client, undefined), begin(client, undefined)]
  const key = `key-${writes[0]!.n}`
  const day = dayOf(client)
  const sending = { key, isLast: true, asked: ['idempotency_key_reused'] }
  await Promise.all(
    writes.map((write) => send(client, [write], { ...sending, documents: documentsOf(client, [write]) })),
  )
  // Keys are kept by the day, of a clock that may have been set anew, and each collection has its own.
  if (!process.isAlive || dayOf(client) !== day || history.isReplaced) return
  if (writes.every(({ outcome }) => outcome === 'acknowledged')) fail(`two requests were done under ${key}`)
}

function dayOf({ process }: Client): number {
  return Math.floor(process.now() / DAY_MS)
}

function begin({ history, process, nextNumber }: Client, id: string | undefined): Write {
  return history.begin({ kind: 'put', process, id, n: nextNumber() })
}

/** What the writes of one request write, the same in each try; now and then with a field that is new. */
function documentsOf({ chance }: Client, writes: readonly Write[]): object[] {
  const extra = chance.happens(0.05) ? { [`extra_${chance.below(3)}`]: 1 } : {}
  return writes.map(({ id, n }) => ({ ...(id !== undefined && { id }), n, title: titleOf(n), ...extra }))
}

type Sending = {
  readonly documents: readonly object[]
  readonly key: string | undefined
  readonly isLast: boolean
  /** Codes that it may be refused with besides. */
  readonly asked?: readonly string[]
}

/**
 * One try. What fails stays pending unless it was the last one.
 *
 * @returns whether all are acknowledged
 */
async function send(
  client: Client,
  writes: readonly Write[],
  { documents, key, isLast, asked }: Sending,
): Promise<boolean> {
  const { engine, history, process, scheduler } = client
  const what = writes.map(({ id, n }) => `${id ?? key}=${n}`).join(' ')
  scheduler.log(() => `${process.name} WRITES ${what}`)
  const answer = await engine
    .writeDocuments(NAME, documents, key === undefined ? {} : { idempotencyKey: key })
    .catch((error: unknown) => codeOf(history, error, asked))
  if (!process.isAlive) return false
  if (typeof answer === 'string') {
    scheduler.log(() => `${process.name} HEARD ${answer} of ${what}`)
    for (const write of writes) history.settle(write, answer, isLast)
    return false
  }
  const failed = new Map(answer.errors.map(({ position, error }) => [position, error.code]))
  scheduler.log(() => `${process.name} WROTE ${what}${failed.size > 0 ? `, ${failed.size} failed` : ''}`)
  for (const [i, write] of writes.entries()) {
    const code = failed.get(i)
    if (code === undefined) history.acknowledge(write, answer.session)
    else history.settle(write, code, isLast)
  }
  remember(client, answer.session)
  rememberWritten(client, answer.session)
  return failed.size === 0
}

/** Deletes a document that others write to. */
export const deleteOne: Actor = async (client) => {
  const { chance, ids, history, process, engine, scheduler } = client
  const id = chance.oneOf(ids)
  const write = history.begin({ kind: 'delete', process, id, n: 0 })
  scheduler.log(() => `${process.name} DELETES ${id}`)
  const answer = await engine.deleteDocuments(NAME, { ids: [id] }).catch((error: unknown) => codeOf(history, error))
  if (!process.isAlive) return
  if (typeof answer === 'string') return history.settle(write, answer, true)
  scheduler.log(() => `${process.name} DELETED ${id}: ${answer.deleted}`)
  history.acknowledge(write, answer.session)
  remember(client, answer.session)
  rememberWritten(client, answer.session)
}

/** Words that searches look for. */
export function titleOf(n: number): string {
  return `word${n % 3} all`
}
