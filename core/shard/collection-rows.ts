import type { EpochMs } from '../clock.ts'
import type { Attributes, Coordination, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { Settings } from './collection.ts'

/** Names point to uids; all of them are rows of one `pk`, so that they can be listed. */
export const NAMES_PK = 'names'

export function nameKey(name: string): RowKey {
  return { pk: NAMES_PK, sk: name }
}

/** What a name's row says. */
export type NamePointer = {
  readonly uid: string
  /** Changes when a deletion that was announced is called off: a deletion frees the name as it was when it began. */
  readonly keptAs: string | undefined
}

/** Reads which collection a name points to, as it is now. */
export async function readName(coordination: Coordination, name: string): Promise<NamePointer | undefined> {
  const row = await coordination.read(nameKey(name), { consistent: true })
  if (!row) return undefined
  const { uid, keptAs } = row.attributes
  return { uid: String(uid), keptAs: keptAs === undefined ? undefined : String(keptAs) }
}

export function metaKey(uid: string): RowKey {
  return { pk: `collection#${uid}`, sk: 'meta' }
}

/** What a collection is, apart from its schema and documents. */
export type Meta = {
  readonly state: 'creating' | 'active' | 'deleted'
  readonly name: string
  readonly shardCount: number
  readonly schemaVersion: number
  /** Rises with each change of the settings. */
  readonly revision: number
  readonly settings: Settings
  readonly createdMs: EpochMs
}

export function encodeMeta(meta: Meta): Attributes {
  return { ...meta, settings: JSON.stringify(meta.settings) }
}

/** @throws {CorruptDataError} */
export function decodeMeta(uid: string, attributes: Attributes): Meta {
  const { state, name, shardCount, schemaVersion, revision, settings, createdMs } = attributes
  if (
    (state === 'creating' || state === 'active' || state === 'deleted') &&
    typeof name === 'string' &&
    typeof shardCount === 'number' &&
    typeof schemaVersion === 'number' &&
    typeof revision === 'number' &&
    typeof settings === 'string' &&
    typeof createdMs === 'number'
  ) {
    return { state, name, shardCount, schemaVersion, revision, settings: JSON.parse(settings), createdMs }
  }
  throw new CorruptDataError('corrupt_meta', `the meta row of collection ${uid} is not what was written`)
}
