import { joinZones } from '../../columns/column.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { FieldJson } from '../../fields/field-kind.ts'
import { kindOf } from '../../fields/kinds.ts'
import { NO_FIELD, SECTION_NAMES, SectionKind } from '../format/segment-format.ts'
import type { SegmentReader } from './segment-reader.ts'

export type SectionReport = {
  readonly section: string
  readonly field: string | null
  readonly offset: number
  readonly bytes: number
  /** Bytes of the section's index, which is in the footer. */
  readonly index_bytes: number
}

export type FieldReport = {
  readonly name: string
  readonly number: number
  readonly type: string
  /** Parameters of the field's kind, such as `{"parts":2}`; null if it has none. */
  readonly parameters: string | null
  /** Text: the analyzer that made the terms, such as `english 1`. Other types: null. */
  readonly analyzer: string | null
  /** Entries of the field's text, keyword and form dictionaries. */
  readonly terms: number
  readonly keywords: number
  readonly forms: number
  /** The smallest and largest value of a column of numbers, as in documents; dates as ISO 8601. */
  readonly min: FieldJson | null
  readonly max: FieldJson | null
  /** Bytes of the field in the file, including its indexes in the footer. */
  readonly bytes: number
}

export type SegmentReport = { readonly fields: readonly FieldReport[]; readonly sections: readonly SectionReport[] }

/** Describes the fields and sections of an open segment. Reads nothing. */
export function describeSegment(reader: SegmentReader): SegmentReport {
  const { fields, sections } = reader.footer
  const names = new Map(fields.map(({ number, name }) => [number, name]))
  return {
    fields: fields.map(({ number, name, type, parameters, analyzer, analyzerVersion }) => ({
      name,
      number,
      type,
      parameters: parameters === '' ? null : parameters,
      analyzer: analyzer === '' ? null : `${analyzer} ${analyzerVersion}`,
      terms: reader.terms.laneSize(number, 'text'),
      keywords: reader.terms.laneSize(number, 'keyword'),
      forms: reader.terms.laneSize(number, 'form'),
      ...rangeOf(reader, number, type),
      bytes: sections
        .filter(({ field }) => field === number)
        .reduce((sum, { start, end, index }) => sum + end - start + index.length, 0),
    })),
    sections: sections.map(({ kind, field, start, end, index }) => ({
      section: SECTION_NAMES[kind] ?? `unknown (${kind})`,
      field: field === NO_FIELD ? null : (names.get(field) ?? String(field)),
      offset: start,
      bytes: end - start,
      index_bytes: index.length,
    })),
  }
}

function rangeOf({ columns }: SegmentReader, field: FieldNumber, type: string): Pick<FieldReport, 'min' | 'max'> {
  const [first, ...zones] = (columns.section(SectionKind.column, field)?.zones ?? []).filter(
    (zone) => zone !== undefined,
  )
  if (first === undefined) return { min: null, max: null }
  const { min, max } = zones.reduce(joinZones, first)
  const { describe } = kindOf({ type })
  return { min: describe(min) ?? null, max: describe(max) ?? null }
}
