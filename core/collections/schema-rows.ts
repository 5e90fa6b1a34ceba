import type { Attributes, Coordination, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError, OutcomeUnknownError, UnavailableError } from '../errors.ts'
import type { Schema } from '../schema/schema.ts'
import { deadlineExceeded, NO_LIMIT, type TimeLimit } from '../time-limit.ts'
import { collectionGone } from '../version/head.ts'
import { decodeMeta, metaKey } from './collection-rows.ts'

/**
 * The row of a schema version. Versions are consecutive from 1, and their rows never change. If several processes make the
 * same version, the row decides. `schemaVersion` in the collection's meta row is advanced afterwards.
 */
export function schemaKey(uid: string, version: number): RowKey {
  return { pk: `collection#${uid}`, sk: `schema#${version}` }
}

/**
 * Reads a schema version that a collection had.
 *
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted since, and the row of the version with it
 * @throws {CorruptDataError} if the version does not exist, or its row is damaged
 */
export async function readSchema(coordination: Coordination, uid: string, version: number): Promise<Schema> {
  const what = `schema version ${version} of collection ${uid}`
  const row = await coordination.read(schemaKey(uid, version), { consistent: true })
  if (row) return decodeSchema(row.attributes, what, version)
  const meta = await coordination.read(metaKey(uid), { consistent: true })
  if (!meta || decodeMeta(uid, meta.attributes).state === 'deleted') throw collectionGone({ uid })
  throw new CorruptDataError('corrupt_schema', `${what} is missing`)
}

const SCHEMA_TRIES_MAX = 5

/**
 * Writes a schema version unless a version with that number exists.
 *
 * @returns the stored schema of that version: `schema`, or the schema of another process
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted at the same time
 * @throws {UnavailableError} 'deadline_exceeded' if there is no time left: nothing was written
 * @throws {OutcomeUnknownError} if it is unknown whether the version was written, because no reply arrived
 */
export async function writeSchema(
  { coordination, timeLimit = NO_LIMIT }: { readonly coordination: Coordination; readonly timeLimit?: TimeLimit },
  uid: string,
  schema: Schema,
): Promise<Schema> {
  if (timeLimit.remainingMs() <= 0) throw deadlineExceeded(`writing schema version ${schema.version} of ${uid}`)
  let cause: unknown
  for (let attempt = 0; attempt === 0 || (attempt < SCHEMA_TRIES_MAX && timeLimit.remainingMs() > 0); attempt++) {
    try {
      const set = encodeSchema(schema)
      const reply = await coordination.write(schemaKey(uid, schema.version), { set }, [
        { attribute: 'schema', is: 'absent' },
      ])
      return reply === 'written' ? schema : await readSchema(coordination, uid, schema.version)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      cause = error
    }
  }
  throw new OutcomeUnknownError(
    'outcome_unknown',
    `it is unknown whether schema version ${schema.version} of collection ${uid} was written`,
    { cause },
  )
}

export function encodeSchema(schema: Schema): Attributes {
  return { schema: JSON.stringify(schema) }
}

function decodeSchema({ schema: json }: Attributes, what: string, version: number): Schema {
  const schema = typeof json === 'string' ? (JSON.parse(json) as Schema) : undefined
  if (schema && Array.isArray(schema.fields) && schema.version === version) return schema
  throw new CorruptDataError('corrupt_schema', `the row of ${what} does not hold that version`)
}
