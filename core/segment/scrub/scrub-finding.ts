import type { Bitset } from '../../bytes/bitset.ts'
import { CorruptDataError, NotFoundError } from '../../errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { SegmentEntry } from '../format/segment-entry.ts'
import { NO_FIELD, SECTION_NAMES } from '../format/segment-format.ts'

/** A fault in one part of a file: what was found, and what was expected. */
export type Finding = { readonly section: string; readonly found: string; readonly expected: string }

export type SegmentScrub = {
  /** The store itself, without a cache: cached bytes would prove nothing about the objects. */
  readonly store: ObjectStore
  readonly prefix: string
  readonly entry: SegmentEntry
  /** The entry's tombstones; `unreadable` skips the checks that depend on them. */
  readonly tombstones: Bitset | undefined | 'unreadable'
  readonly find: (finding: Finding) => void
  /** Reports progress in bytes. Each byte of the file counts twice. */
  readonly advance: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Runs a part of the work. Damage that stops it becomes a finding.
 *
 * @returns whether the work finished
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

/** Name of a section in findings, such as `column of field 3`. */
export function nameOf(kind: number, field: number): string {
  const name = SECTION_NAMES[kind] ?? `section of kind ${kind}`
  return field === NO_FIELD ? name : `${name} of field ${field}`
}
