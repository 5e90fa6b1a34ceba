import type { Bitset } from '../../bytes/bitset.ts'
import { CorruptDataError, NotFoundError } from '../../errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { SegmentEntry } from '../format/segment-entry.ts'
import { NO_FIELD, SECTION_NAMES } from '../format/segment-format.ts'

/** What is not as it must be, in which part of a file. */
export type Finding = { readonly section: string; readonly found: string; readonly expected: string }

export type SegmentScrub = {
  /** Of the objects themselves: a cache would vouch for what it once read. */
  readonly store: ObjectStore
  readonly prefix: string
  readonly entry: SegmentEntry
  /** The entry's; `unreadable` leaves out what depends on them. */
  readonly tombstones: Bitset | undefined | 'unreadable'
  readonly find: (finding: Finding) => void
  /** Called with the number of bytes that are done. Each byte of the file is read twice. */
  readonly advance: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Does a part of the work; damage that ends it is a finding.
 *
 * @returns whether it came to its end
 */
export async function guard(
  section: string,
  find: (finding: Finding) => void,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof CorruptDataError) find({ section, found: error.message, expected: 'what was written' })
    else if (error instanceof NotFoundError) find({ section, found: 'no object', expected: 'an object' })
    else throw error
    return false
  }
}

/** As people see it: `column of field 3`. */
export function nameOf(kind: number, field: number): string {
  const name = SECTION_NAMES[kind] ?? `section of kind ${kind}`
  return field === NO_FIELD ? name : `${name} of field ${field}`
}
