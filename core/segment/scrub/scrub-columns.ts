import { bitsetHas } from '../../bytes/bitset.ts'
import { COLUMN_BLOCK_DOCS } from '../../columns/column.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { carryOut } from '../format/read-plan.ts'
import { SectionKind } from '../format/segment-format.ts'
import { ColumnCursor } from '../merge/column-cursor.ts'
import type { LiveSource } from '../merge/live-documents.ts'
import { nameOf, type SegmentScrub } from './scrub-finding.ts'

/** Which values a column may hold; `expected` describes them. */
export type ColumnRule = { readonly expected: string; readonly allows: (value: number | bigint) => boolean }

/** Checks a column: every block decodes, and every value is in its zone and allowed by the field. */
export async function scrubColumn(
  { find, signal }: SegmentScrub,
  source: LiveSource,
  field: FieldNumber,
  { expected, allows }: ColumnRule,
): Promise<void> {
  const { reader } = source
  const section = reader.columns.section(SectionKind.column, field)
  if (section === undefined) return
  const cursor = new ColumnCursor(source, { kind: SectionKind.column, field })
  for (const [b, zone] of section.zones.entries()) {
    signal?.throwIfAborted()
    const start = b * COLUMN_BLOCK_DOCS
    await cursor.moveTo(start)
    if (zone === undefined) continue
    for (let docId = start; docId < Math.min(start + COLUMN_BLOCK_DOCS, reader.docCount); docId++) {
      cursor.forEachValue(docId, (value) => {
        const name = nameOf(SectionKind.column, field)
        const found = `${value} of document ${docId}`
        if (!allows(value)) find({ section: name, found, expected })
        if (value < zone.min || value > zone.max)
          find({ section: name, found, expected: `from ${zone.min} to ${zone.max}` })
      })
    }
  }
}

/** Checks the element numbers of a column: a document has none, or one per value of which at least one is above 0. */
export async function scrubElements(
  { find, signal }: SegmentScrub,
  source: LiveSource,
  field: FieldNumber,
): Promise<void> {
  const { reader } = source
  const section = reader.columns.section(SectionKind.elements, field)
  if (section === undefined) return
  const values = new ColumnCursor(source, { kind: SectionKind.column, field })
  const elements = new ColumnCursor(source, { kind: SectionKind.elements, field })
  for (const [b, zone] of section.zones.entries()) {
    signal?.throwIfAborted()
    if (zone === undefined) continue
    const start = b * COLUMN_BLOCK_DOCS
    await values.moveTo(start)
    await elements.moveTo(start)
    for (let docId = start; docId < Math.min(start + COLUMN_BLOCK_DOCS, reader.docCount); docId++) {
      const numbers = valuesOf(elements, docId)
      const expected = valuesOf(values, docId).length
      if (numbers.length === 0 || (numbers.length === expected && numbers.some((number) => number > 0))) continue
      const found = `elements ${numbers.join(', ')} of document ${docId}`
      find({ section: nameOf(SectionKind.elements, field), found, expected: `${expected} elements, not all of them 0` })
    }
  }
}

function valuesOf(cursor: ColumnCursor, docId: number): (number | bigint)[] {
  const values: (number | bigint)[] = []
  cursor.forEachValue(docId, (value) => values.push(value))
  return values
}

/** Checks a text field's lengths: they fit those without stop words, and their sums are the manifest's totals. Also reads the field's presence. */
export async function scrubPresence(scrub: SegmentScrub, source: LiveSource, field: FieldNumber): Promise<void> {
  const { entry, find } = scrub
  const { store, reader, tombstones } = source
  await carryOut(store, reader.columns.exists(field))
  if (reader.columns.section(SectionKind.lengths, field) === undefined) return
  const lengths = await carryOut(store, reader.columns.lengths(field))
  const contentLengths = await carryOut(store, reader.columns.contentLengths(field))
  const isValid = (docId: number) => {
    const [length, content] = [lengths[docId]!, contentLengths[docId]!]
    return length === 0 ? content === 0 : content >= 1 && content <= Math.max(1, length - 1)
  }
  const invalid = lengths.findIndex((_, docId) => !isValid(docId))
  if (invalid >= 0) {
    const found = `${contentLengths[invalid]} of document ${invalid}`
    const expected = lengths[invalid] === 0 ? '0' : `1 to ${Math.max(1, lengths[invalid]! - 1)}`
    find({ section: nameOf(SectionKind.contentLengths, field), found, expected })
  }
  const section = nameOf(SectionKind.lengths, field)
  const all = { docCount: 0, tokenCount: 0 }
  const live = { docCount: 0, tokenCount: 0 }
  for (let docId = 0; docId < lengths.length; docId++) {
    if (lengths[docId]! <= 1) continue
    all.docCount++
    all.tokenCount += lengths[docId]! - 1
    if (tombstones !== undefined && bitsetHas(tombstones, docId)) continue
    live.docCount++
    live.tokenCount += lengths[docId]! - 1
  }
  const compare = (what: string, found: typeof all, totals: SegmentScrub['entry']['fieldTotals']) => {
    const { docCount, tokenCount } = totals.find((one) => one.field === field) ?? { docCount: 0, tokenCount: 0 }
    if (found.docCount === docCount && found.tokenCount === tokenCount) return
    find({
      section,
      found: `${what} ${found.docCount} documents with ${found.tokenCount} tokens`,
      expected: `${docCount} with ${tokenCount}`,
    })
  }
  compare('of all', all, entry.fieldTotals)
  if (scrub.tombstones !== 'unreadable') compare('of live ones', live, entry.liveFieldTotals)
}
