import type { FieldRange } from '../fields/field-ranges.ts'
import { compareUtf8 } from '../utf8.ts'
import type { RecordReader, RecordWriter } from './record-codec.ts'

/** Encodings of the two ends of a range. */
const WHOLE = 0
const DOUBLES = 1
const INTEGERS = 2
const TEXTS = 3
const CUT_TEXTS = 4

/** Writes a range: non-negative whole numbers as the minimum and the difference, other numbers in eight bytes each, keywords as text. */
export function writeRange(out: RecordWriter, { field, min, max, isMaxCut }: FieldRange): void {
  out.number(field)
  if (typeof min === 'string' || typeof max === 'string') {
    out.number(isMaxCut ? CUT_TEXTS : TEXTS)
    out.text(String(min))
    out.text(String(max))
  } else if (typeof min === 'number' && typeof max === 'number') writeNumbers(out, min, max)
  else {
    out.number(INTEGERS)
    for (const end of [min, max]) out.raw(eightBytes((view) => view.setBigInt64(0, BigInt(end), true)))
  }
}

function writeNumbers(out: RecordWriter, min: number, max: number): void {
  const isWhole = Number.isSafeInteger(min) && Number.isSafeInteger(max) && min >= 0 && !Object.is(min, -0)
  out.number(isWhole ? WHOLE : DOUBLES)
  if (isWhole) {
    out.number(min)
    out.number(max - min)
  } else for (const end of [min, max]) out.raw(eightBytes((view) => view.setFloat64(0, end, true)))
}

/** Reads what {@link writeRange} wrote. */
export function readRange(input: RecordReader): FieldRange {
  const field = input.number()
  const kind = input.number()
  input.check(kind <= CUT_TEXTS, `a range of kind ${kind}`)
  const [min, max] = readEnds(input, kind)
  input.check(isOrdered(min, max), `a range from ${min} to ${max}`)
  return { field, min, max, isMaxCut: kind === CUT_TEXTS }
}

/** Keywords with the same beginning may be out of order: the maximum may be cut to fewer bytes than the minimum, between two characters. */
function isOrdered(min: FieldRange['min'], max: FieldRange['max']): boolean {
  if (typeof min === 'string' && typeof max === 'string') return compareUtf8(min, max) <= 0 || min.startsWith(max)
  return min <= max
}

function readEnds(input: RecordReader, kind: number): [FieldRange['min'], FieldRange['max']] {
  if (kind === TEXTS || kind === CUT_TEXTS) return [input.text(), input.text()]
  if (kind === WHOLE) {
    const min = input.number()
    return [min, min + input.number()]
  }
  const read = () => {
    const bytes = input.raw(8)
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
    return kind === DOUBLES ? view.getFloat64(0, true) : view.getBigInt64(0, true)
  }
  return [read(), read()]
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8)
  write(new DataView(bytes.buffer))
  return bytes
}
