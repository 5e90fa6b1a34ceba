import { bitsetHas } from '../../bytes/bitset.ts'
import { blocksOfNumbers, ColumnBuilder } from '../../columns/column-builder.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { WordTotals } from '../../fields/field-builder.ts'
import { TOMBSTONE } from '../../postings/merge-postings.ts'
import { ColumnSectionWriter } from '../format/column-section.ts'
import { carryOut } from '../format/read-plan.ts'
import { SectionKind } from '../format/segment-format.ts'
import type { SectionName, SegmentWriter } from '../format/segment-writer.ts'
import { presentIn } from '../read/column-reader.ts'
import type { ValueSection } from './column-cursor.ts'
import { ColumnCursor } from './column-cursor.ts'
import { liveDocIds } from './live-documents.ts'
import type { Merge } from './merge-lanes.ts'

/** Writes the lengths of a text field and counts its documents and tokens. */
export async function mergeLengths(merge: Merge, field: FieldNumber): Promise<WordTotals | undefined> {
  const lengths = new Uint32Array(merge.order.docCount)
  let docCount = 0
  let tokenCount = 0
  for (const [s, { reader, store }] of merge.sources.entries()) {
    const old = await carryOut(store, reader.columns.lengths(field))
    const map = merge.order.maps[s]!
    for (let docId = 0; docId < map.length; docId++) {
      if (map[docId] === TOMBSTONE) continue
      lengths[map[docId]!] = old[docId]!
      if (old[docId]! <= 1) continue
      docCount++
      tokenCount += old[docId]! - 1
    }
  }
  writeNumbers(merge.out, { kind: SectionKind.lengths, field }, lengths)
  return docCount === 0 ? undefined : { docCount, tokenCount }
}

/** Writes the lengths of a text field without stop words. */
export async function mergeContentLengths({ out, sources, order }: Merge, field: FieldNumber): Promise<void> {
  const lengths = new Uint32Array(order.docCount)
  for (const [s, { reader, store }] of sources.entries()) {
    const old = await carryOut(store, reader.columns.contentLengths(field))
    const map = order.maps[s]!
    for (let docId = 0; docId < map.length; docId++) if (map[docId] !== TOMBSTONE) lengths[map[docId]!] = old[docId]!
  }
  writeNumbers(out, { kind: SectionKind.contentLengths, field }, lengths)
}

/** Writes the presence of a field, if a source has a section for it. */
export async function mergePresence({ out, sources, order }: Merge, field: FieldNumber): Promise<void> {
  if (!hasSection(sources, SectionKind.presence, field)) return
  const present = new Uint32Array(order.docCount)
  for (const [s, { reader, store }] of sources.entries()) {
    const exists = await carryOut(store, reader.columns.exists(field))
    const map = order.maps[s]!
    for (let docId = 0; docId < map.length; docId++) {
      if (map[docId] !== TOMBSTONE && bitsetHas(exists, docId)) present[map[docId]!] = 1
    }
  }
  writeNumbers(out, { kind: SectionKind.presence, field }, present)
}

function writeNumbers(out: SegmentWriter, name: SectionName, numbers: Uint32Array): void {
  const section = new ColumnSectionWriter(out, name)
  for (const block of blocksOfNumbers(numbers)) section.add(block)
  section.finish()
}

/** Writes the element numbers of a column, if a live document has any. */
export async function* mergeElements(merge: Merge, field: FieldNumber): AsyncGenerator<Uint8Array, undefined> {
  for (const [s, { reader, store }] of merge.sources.entries()) {
    const present = presentIn(await carryOut(store, reader.columns.elements(field)), reader.docCount)
    if (!merge.order.maps[s]!.some((doc, old) => doc !== TOMBSTONE && bitsetHas(present, old))) continue
    return yield* mergeColumn(merge, { kind: SectionKind.elements, field })
  }
}

/**
 * Writes a column, if a source has one.
 *
 * @param ordinals for keywords: the new ordinal by old ordinal, for each source
 */
export async function* mergeColumn(
  { out, sources, order }: Merge,
  { kind, field }: { readonly kind: ValueSection; readonly field: FieldNumber },
  ordinals?: readonly Uint32Array[],
): AsyncGenerator<Uint8Array, undefined> {
  if (!hasSection(sources, kind, field)) return
  const section = new ColumnSectionWriter(out, { kind, field })
  const isWhole = ordinals !== undefined || kind === SectionKind.elements
  const builder = new ColumnBuilder(isWhole ? 'ordinal' : 'number', (block) => section.add(block))
  const cursors = sources.map((source) => new ColumnCursor(source, { kind, field }))
  const lives = sources.map(liveDocIds)
  const passed = new Uint32Array(sources.length)
  for (let docId = 0; docId < order.docCount; docId++) {
    const s = order.sourceOf[docId]!
    const cursor = cursors[s]!
    const oldDocId = lives[s]![passed[s]!++]!
    if (oldDocId >= cursor.blockEnd) {
      await cursor.moveTo(oldDocId)
      yield* out.takeChunks()
    }
    const remap = ordinals?.[s]
    cursor.forEachValue(oldDocId, (value) => builder.add(docId, remap === undefined ? value : remap[Number(value)]!))
  }
  builder.finish(order.docCount)
  section.finish()
}

function hasSection(sources: Merge['sources'], kind: SectionKind, field: FieldNumber): boolean {
  return sources.some(({ reader }) => reader.columns.section(kind, field) !== undefined)
}
