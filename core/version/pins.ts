import type { Attributes } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ManifestId } from './object-names.ts'

/** A version that garbage collection must keep, and its holder. */
export type Pin = ManifestId & {
  /** Names the snapshot, export or branch that needs the version. A holder has at most one pin in a shard. */
  readonly holder: string
}

/** Decodes the pins of a head's row. @throws {CorruptDataError} for an invalid pin, which must not be ignored */
export function decodePins({ pins }: Attributes, what: string): Pin[] {
  const list = pins ?? []
  if (!Array.isArray(list)) throw corrupt(pins, what)
  return list.map((entry: unknown) => {
    const { holder, version, commitId } = Object(entry) as Record<string, unknown>
    if (typeof holder !== 'string' || typeof commitId !== 'string' || !Number.isSafeInteger(version)) {
      throw corrupt(entry, what)
    }
    return { holder, version: version as number, commitId }
  })
}

function corrupt(found: unknown, what: string): CorruptDataError {
  return new CorruptDataError('corrupt_head', `${what} has ${JSON.stringify(found)} among its pins`)
}
