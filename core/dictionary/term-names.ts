import { corrupt } from '../bytes/checksum.ts'
import type { VarintReader } from '../bytes/varint-reader.ts'
import { readNameBytes } from './name-code.ts'
import { TERM_BLOCK_SIZE } from './term-block-shape.ts'

/** Consecutive names: name n is `bytes[ends[n], ends[n + 1])`. */
export type TermNames = { readonly bytes: Uint8Array; readonly ends: Uint32Array }

/** The number of names in a dictionary block: form lanes have two per entry. */
export type NamesShape = { readonly entryCount: number; readonly perEntry: number; readonly source: string }

// Scratch space for the block that is being read: how many bytes each name shares, and how many are its own.
const SHARED = new Float64Array(2 * TERM_BLOCK_SIZE)
const OWN = new Float64Array(2 * TERM_BLOCK_SIZE)

/**
 * Reads the front-coded names of a dictionary block.
 *
 * @throws {CorruptDataError} for invalid names, or names that do not ascend
 */
export function readTermNames(reader: VarintReader, shape: NamesShape): TermNames {
  const { entryCount, perEntry, source } = shape
  const nameCount = entryCount * perEntry
  const { ownTotal, total } = readLengths(reader, nameCount)
  const own = readNameBytes(reader, ownTotal)
  if (reader.overran) throw corrupt(source, `ends amid its ${entryCount} entries`)
  // No name is longer than all own bytes together. This bounds the memory that damaged lengths can request.
  if (total > ownTotal * nameCount) throw corrupt(source, `has names of ${total} bytes made of ${ownTotal}`)
  const names = { bytes: new Uint8Array(total), ends: new Uint32Array(nameCount + 1) }
  const rest = { bytes: own, at: 0 }
  for (let n = 0; n < nameCount; n++) joinName(names, n, rest, shape)
  for (let i = 1; i < entryCount; i++) checkOrder(names, i, shape)
  return names
}

/** Reads the lengths of all names. @returns the sum of their own bytes, and of all their bytes */
function readLengths(reader: VarintReader, nameCount: number): { ownTotal: number; total: number } {
  let ownTotal = 0
  let total = 0
  for (let n = 0; n < nameCount; n++) {
    const lengths = reader.byte()
    SHARED[n] = (lengths & 15) === 15 ? 15 + reader.next() : lengths & 15
    OWN[n] = lengths >>> 4 === 15 ? 15 + reader.next() : lengths >>> 4
    ownTotal += OWN[n]!
    total += SHARED[n]! + OWN[n]!
  }
  return { ownTotal, total }
}

/** Joins name `n` from the part that it shares with another name and the next own bytes. */
function joinName(
  { bytes, ends }: TermNames,
  n: number,
  own: { readonly bytes: Uint8Array; at: number },
  shape: NamesShape,
): void {
  const { perEntry, source } = shape
  // A term shares its beginning with the previous term, and an indexed term with its form.
  const model = Math.max(0, n % perEntry === 0 ? n - perEntry : n - 1)
  const start = ends[n]!
  const shared = SHARED[n]!
  if (shared > ends[model + 1]! - ends[model]!) throw corrupt(source, `has name ${n} share ${shared} bytes`)
  for (let i = 0, from = ends[model]!; i < shared; i++) bytes[start + i] = bytes[from + i]!
  const end = start + shared + OWN[n]!
  for (let i = start + shared; i < end; i++) bytes[i] = own.bytes[own.at++]!
  ends[n + 1] = end
}

/** Checks that entry `i` comes after the previous one: by its term, and for equal forms by the indexed term. */
function checkOrder(names: TermNames, i: number, { perEntry, source }: NamesShape): void {
  for (let n = i * perEntry; n < (i + 1) * perEntry; n++) {
    const order = compareNames(names, n - perEntry, n)
    if (order < 0) return
    if (order > 0) break
  }
  throw corrupt(source, `has entry ${i} out of order`)
}

function compareNames({ bytes, ends }: TermNames, a: number, b: number): number {
  const startA = ends[a]!
  const startB = ends[b]!
  const lengthA = ends[a + 1]! - startA
  const lengthB = ends[b + 1]! - startB
  for (let i = 0; i < lengthA && i < lengthB; i++) {
    const difference = bytes[startA + i]! - bytes[startB + i]!
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}
