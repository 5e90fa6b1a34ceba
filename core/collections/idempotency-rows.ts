import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Coordination, RowKey } from '../coordination/coordination.ts'
import { ConflictError } from '../errors.ts'

/** A key is remembered from its first use to the end of the next day (UTC): for 24 to 48 hours. */
const DAY_MS = 24 * 60 * 60 * 1000
const PREFIX = 'idempotency#'
/** Day numbers sort as text. */
const DAY_DIGITS = 6

/**
 * Remembers which request a client's key stands for, before anything is written under it. Costs one read and one write
 * of a row.
 *
 * @param request.fingerprint of everything that the request asks for
 * @throws {ConflictError} 'idempotency_key_reused' if the key stands for another request to the collection
 * @throws {UnavailableError} if that cannot be known now
 */
export async function rememberKey(
  { coordination, clock }: { readonly coordination: Coordination; readonly clock: Clock },
  uid: string,
  { key, fingerprint }: { readonly key: string; readonly fingerprint: string },
): Promise<void> {
  const today = dayOf(clock)
  const read = (day: number) => coordination.read(rowKey(uid, day, key), { consistent: true })
  let known = await read(today - 1)
  if (known === undefined) {
    const isNew = [{ attribute: 'fingerprint', is: 'absent' }] as const
    if ((await coordination.write(rowKey(uid, today, key), { set: { fingerprint } }, isNew)) === 'written') return
    known = await read(today)
  }
  if (known === undefined || known.attributes.fingerprint === fingerprint) return
  throw new ConflictError(
    'idempotency_key_reused',
    'the idempotency key was sent with another request before: use a new key for each request',
  )
}

/** Removes the keys of a collection that have expired. Takes one query, and one request for each key. */
export async function forgetOldKeys(
  { coordination, clock }: { readonly coordination: Coordination; readonly clock: Clock },
  uid: string,
): Promise<void> {
  const oldest = skOf(dayOf(clock) - 1, '')
  for await (const row of coordination.query(pkOf(uid), PREFIX, { consistent: false })) {
    if (row.sk >= oldest) return
    await coordination.delete(row, [])
  }
}

/** Forgets all keys of a collection that is removed. */
export async function forgetKeysOf(coordination: Coordination, uid: string): Promise<void> {
  for await (const row of coordination.query(pkOf(uid), PREFIX, { consistent: true }))
    await coordination.delete(row, [])
}

function dayOf(clock: Clock): number {
  return Math.floor(clock.now() / DAY_MS)
}

function pkOf(uid: string): string {
  return `collection#${uid}`
}

function skOf(day: number, hash: string): string {
  return `${PREFIX}${String(day).padStart(DAY_DIGITS, '0')}#${hash}`
}

function rowKey(uid: string, day: number, key: string): RowKey {
  return { pk: pkOf(uid), sk: skOf(day, createHash('sha256').update(key).digest('hex')) }
}
