import type { Attributes } from '../coordination/coordination.ts'
import type { Random } from '../random.ts'
import type { SegmentFile } from '../segment/format/segment-entry.ts'
import { originsOf } from './manifest.ts'
import { readOrigins, writeOrigins } from './manifest-codec.ts'
import { RecordReader, RecordWriter } from './record-codec.ts'
import { readSegmentFile, writeSegmentFile } from './segment-codec.ts'

/** Most pending writes of one head. Each has its own slot. */
export const PENDING_MAX = 128

/** A larger entry is not left in the head: all entries together must stay far below the size limit of a row. */
export const PENDING_ENTRY_BYTES_MAX = 1024

/** A write that its writer left in the head, for the next commit to fold. It is not visible until then. */
export type PendingEntry = {
  /** Random name by which the writer finds the entry again. */
  readonly id: string
  readonly slot: number
  /** The head's version when the entry was left. */
  readonly base: number
  /** Every id that the write puts or deletes: ascending in UTF-8 byte order, distinct. */
  readonly ids: readonly string[]
  /** Whether the segment holds a document for each id; otherwise the id is deleted. */
  readonly isPut: readonly boolean[]
  /** The segment of the documents, which is already uploaded; undefined if the write only deletes. */
  readonly file: SegmentFile | undefined
}

/** Format version of entries. */
export const PENDING_FORMAT_VERSION = 3
const SLOT_NAME = /^pending(\d{1,3})$/

/** The attribute of a head's row that holds an entry. */
export function slotName(slot: number): string {
  return `pending${slot}`
}

/** Picks a random free slot, so that writers rarely pick the same; undefined if none is free. */
export function pickSlot(taken: readonly PendingEntry[], random: Random): number | undefined {
  const isTaken = new Set(taken.map(({ slot }) => slot))
  const free = Array.from({ length: PENDING_MAX }, (_, slot) => slot).filter((slot) => !isTaken.has(slot))
  return free[Math.floor(random.number() * free.length)]
}

/** Encodes an entry without its slot, which is in the attribute's name. */
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
 * Reads the entries of a head's row, in the order in which they take effect, and counts the
 * entries that only newer code understands.
 *
 * @param what names the row in errors
 * @throws {CorruptDataError} if an entry is damaged
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

/** Decodes an entry; undefined if only newer code knows its format. */
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
