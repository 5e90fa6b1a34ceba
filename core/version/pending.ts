import type { Attributes } from '../coordination/coordination.ts'
import type { Random } from '../random.ts'
import type { SegmentFile } from '../segment/format/segment-entry.ts'
import { originsOf } from './manifest.ts'
import { readOrigins, writeOrigins } from './manifest-codec.ts'
import { RecordReader, RecordWriter } from './record-codec.ts'
import { readSegmentFile, writeSegmentFile } from './segment-codec.ts'

/** Writes that may wait in one head, each in a slot of its own. */
export const PENDING_MAX = 128

/** A write whose entry takes more does not wait in the head: all together must stay far below what a row may hold. */
export const PENDING_ENTRY_BYTES_MAX = 1024

/** A write that its writer left in the head, for the next commit to take along. Nobody sees it until then. */
export type PendingEntry = {
  /** By which the writer finds it again. */
  readonly id: string
  readonly slot: number
  /** The version that stood when it was left. */
  readonly base: number
  /** Every id that it puts or deletes: ascending in UTF-8 byte order, distinct. */
  readonly ids: readonly string[]
  /** Per id whether the segment holds a document for it; else it is deleted. */
  readonly isPut: readonly boolean[]
  /** Its documents, which were uploaded before; undefined if it only deletes. */
  readonly file: SegmentFile | undefined
}

/** Of entries. */
export const PENDING_FORMAT_VERSION = 3
const SLOT_NAME = /^pending(\d{1,3})$/

/** The attribute of a head's row that holds an entry. */
export function slotName(slot: number): string {
  return `pending${slot}`
}

/** Any of the slots that are not taken, by chance, so that writers come apart; undefined if there is none. */
export function pickSlot(taken: readonly PendingEntry[], random: Random): number | undefined {
  const isTaken = new Set(taken.map(({ slot }) => slot))
  const free = Array.from({ length: PENDING_MAX }, (_, slot) => slot).filter((slot) => !isTaken.has(slot))
  return free[Math.floor(random.number() * free.length)]
}

/** Encodes all of an entry but its slot, which the attribute's name tells. */
export function encodePending(entry: Omit<PendingEntry, 'slot'>): Uint8Array {
  const out = new RecordWriter()
  out.number(PENDING_FORMAT_VERSION)
  out.name(entry.id)
  out.number(entry.base)
  out.number(entry.ids.length)
  for (const [i, id] of entry.ids.entries()) {
    out.text(id)
    out.number(entry.isPut[i] ? 1 : 0)
  }
  out.number(entry.file ? 1 : 0)
  if (entry.file) writeSegmentFile(out, entry.file, writeOrigins(out, [...originsOf({ segments: [entry.file] })]))
  return out.finish()
}

/**
 * The entries of a head's row in the order in which they take effect, and how many
 * more there are that only newer code understands.
 *
 * @param what names the row in errors
 * @throws {CorruptDataError}
 */
export function readPending(
  attributes: Attributes,
  what: string,
): { readonly pending: readonly PendingEntry[]; readonly unknownCount: number } {
  const pending: PendingEntry[] = []
  let unknownCount = 0
  for (const [name, value] of Object.entries(attributes)) {
    const slot = SLOT_NAME.exec(name)?.[1]
    if (slot === undefined) continue
    const entry = value instanceof Uint8Array ? decodePending(value, Number(slot), `${name} in the ${what}`) : undefined
    if (entry) pending.push(entry)
    else unknownCount++
  }
  return { pending: pending.sort((a, b) => a.base - b.base || a.slot - b.slot), unknownCount }
}

/** Undefined for a format that only newer code knows. */
function decodePending(bytes: Uint8Array, slot: number, what: string): PendingEntry | undefined {
  const input = new RecordReader(bytes, what)
  if (input.number() !== PENDING_FORMAT_VERSION) return undefined
  const id = input.name()
  const base = input.number()
  const ids: string[] = []
  const isPut: boolean[] = []
  for (let left = input.number(); left > 0; left--) {
    ids.push(input.text())
    isPut.push(input.number() === 1)
  }
  const file = input.number() === 1 ? readSegmentFile(input, readOrigins(input)) : undefined
  input.end()
  const putCount = isPut.filter(Boolean).length
  input.check(putCount === (file?.docCount ?? 0), `${putCount} ids for ${file?.docCount ?? 0} documents`)
  return { id, slot, base, ids, isPut, file }
}
