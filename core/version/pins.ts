import type { Attributes } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ManifestId } from './object-names.ts'

/** A version that garbage collection must keep, and who asked for that. */
export type Pin = ManifestId & {
  /** Of the snapshot, export or branch that needs it; a shard has at most one pin of each. */
  readonly holder: string
}

/** @throws {CorruptDataError} for what nobody wrote: a pin that cannot be read must not look like none */
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
