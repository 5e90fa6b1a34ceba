import type { EpochMs } from '../clock.ts'
import type { Attributes, Condition, Coordination, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Settings } from '../version/collection.ts'

/** The `pk` of all rows that map names to uids, so that they can be listed. */
export const NAMES_PK = 'names'

export function nameKey(name: string): RowKey {
  return { pk: NAMES_PK, sk: name }
}

/** The content of a name's row. */
export type NamePointer = {
  readonly uid: string
  /** Changes when a deletion is called off, because a deletion may free a name only if the row is unchanged. */
  readonly keptAs: string | undefined
}

/** Reads the present target of a name. */
export async function readName(coordination: Coordination, name: string): Promise<NamePointer | undefined> {
  const row = await coordination.read(nameKey(name), { consistent: true })
  if (!row) return undefined
  const { uid, keptAs } = row.attributes
  return { uid: String(uid), keptAs: keptAs === undefined ? undefined : String(keptAs) }
}

/** The condition that a name still has the target that was read, and that no deletion has been called off since. */
export function pointsAs({ uid, keptAs }: NamePointer): Condition[] {
  return [
    { attribute: 'uid', is: 'equal', value: uid },
    keptAs === undefined ? { attribute: 'keptAs', is: 'absent' } : { attribute: 'keptAs', is: 'equal', value: keptAs },
  ]
}

/** Marks a name again, so that a process that read it before cannot free it. @returns false if the name has another target now */
export async function markName(
  { coordination, random }: { readonly coordination: Coordination; readonly random: Random },
  name: string,
  uid: string,
): Promise<boolean> {
  const change = { set: { keptAs: random.name() } }
  const reply = await coordination.write(nameKey(name), change, [{ attribute: 'uid', is: 'equal', value: uid }])
  return reply === 'written'
}

export function metaKey(uid: string): RowKey {
  return { pk: `collection#${uid}`, sk: 'meta' }
}

/** The content of a collection's meta row. */
export type Meta = {
  readonly state: 'creating' | 'active' | 'deleted'
  readonly name: string
  readonly shardCount: number
  readonly schemaVersion: number
  /** Incremented by each change of the settings. */
  readonly revision: number
  readonly settings: Settings
  readonly createdMs: EpochMs
  /** For a branch: uid of its parent. */
  readonly parent?: string
}

export function encodeMeta(meta: Meta): Attributes {
  return { ...meta, settings: JSON.stringify(meta.settings) }
}

/** @throws {CorruptDataError} */
export function decodeMeta(uid: string, attributes: Attributes): Meta {
  const { state, name, shardCount, schemaVersion, revision, settings, createdMs, parent } = attributes
  if (
    (state === 'creating' || state === 'active' || state === 'deleted') &&
    typeof name === 'string' &&
    typeof shardCount === 'number' &&
    typeof schemaVersion === 'number' &&
    typeof revision === 'number' &&
    typeof settings === 'string' &&
    typeof createdMs === 'number' &&
    (parent === undefined || typeof parent === 'string')
  ) {
    const meta: Meta = { state, name, shardCount, schemaVersion, revision, settings: JSON.parse(settings), createdMs }
    return parent === undefined ? meta : { ...meta, parent }
  }
  throw new CorruptDataError('corrupt_meta', `the meta row of collection ${uid} is damaged`)
}
