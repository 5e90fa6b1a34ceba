import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Coordination, RowKey } from '../coordination/coordination.ts'
import { ConflictError } from '../errors.ts'

/** A key is kept from its first use until the end of the next day (UTC), which is 24 to 48 hours. */
const DAY_MS = 24 * 60 * 60 * 1000
const PREFIX = 'idempotency#'
/** Width of day numbers, so that they sort as text. */
const DAY_DIGITS = 6

/**
 * Ties a client's idempotency key to a request before anything is written for the request. Costs one read and one write of
 * a row.
 *
 * @param request.fingerprint identifies the whole content of the request
 * @throws {ConflictError} 'idempotency_key_reused' if the key belongs to another request to the collection
 * @throws {UnavailableError} if a request fails
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

/** Removes the expired keys of a collection. Costs one query, and one request per key. */
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

/** Removes all keys of a collection that is being removed. */
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
