import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import { TokenBuffer } from '../../analysis/text-analyzer.ts'
import { assert } from '../../assert.ts'
import type { Field, FieldNumber, FieldValues } from '../../fields/field.ts'
import type { FieldBuilder, FieldOutput } from '../../fields/field-builder.ts'
import { kindOf, kindParametersOf } from '../../fields/kinds.ts'
import type { Schema } from '../../schema/schema.ts'
import { compareUtf8 } from '../../utf8.ts'
import { BloomSectionWriter } from '../format/bloom-section.ts'
import { ColumnSectionWriter } from '../format/column-section.ts'
import { concatenate } from '../format/concatenate.ts'
import type { Effort } from '../format/document-blocks.ts'
import { DocumentHasher, HASH_BYTES, sumHashes } from '../format/document-hash.ts'
import { DocumentSectionWriter, documentDictionary, sampledDocIds } from '../format/document-section.ts'
import { writeHashSection } from '../format/hash-section.ts'
import { IdSectionWriter } from '../format/id-section.ts'
import { LaneWriter } from '../format/lane-writer.ts'
import type { FieldTotals, SegmentFile } from '../format/segment-entry.ts'
import { analyzerVersionOf, SectionKind, type SegmentField } from '../format/segment-format.ts'
import { SegmentWriter } from '../format/segment-writer.ts'
import { makeSideFile } from './side-files.ts'

/** A document as it is stored, and its indexed values. */
export type IndexableDocument = {
  readonly id: string
  /** `JSON.stringify` of the whole document, id included, in UTF-8. */
  readonly json: Uint8Array
  readonly fields: readonly FieldValues[]
}

export type BuildInput = {
  readonly schema: Schema
  /** See {@link SegmentFile}. */
  readonly name: string
  /** In ascending order of ids as UTF-8 bytes; ids are distinct. */
  readonly documents: readonly IndexableDocument[]
  /** Must have loaded the analyzers of all languages of the schema. */
  readonly analyzers: AnalyzerPool
  /** How hard documents are compressed. Default `fast`. */
  readonly effort?: Effort
}

/** A segment's files in memory: its `.seg`, and the files that `file.files` lists, in that order. */
export type BuiltSegment = {
  readonly file: SegmentFile
  readonly bytes: Uint8Array
  readonly sideFileBytes: readonly Uint8Array[]
}

/** Builds a segment in memory. Synchronous; takes about 60 ms per megabyte of documents. */
export function buildSegment(input: BuildInput): BuiltSegment {
  const { documents, schema, name, analyzers } = input
  checkOrder(documents)
  analyzers.resetIfLarge()
  const out = new SegmentWriter()
  const checksum = writeDocuments(out, input)
  const { fields, fieldTotals, sideFiles } = writeFields(out, input)
  const docCount = documents.length
  const end = out.finish({ docCount, schemaVersion: schema.version, fields })
  return {
    bytes: concatenate(out.takeChunks()),
    sideFileBytes: sideFiles.map(({ bytes }) => bytes),
    file: {
      name,
      schemaVersion: schema.version,
      docCount,
      ...end,
      fieldTotals,
      analyzerVersion: analyzerVersionOf(fields),
      checksum,
      files: sideFiles.map(({ facts }) => facts),
      shared: [],
      ranges: out.ranges.rangesOf(fields),
    },
  }
}

/** Writes ids, Bloom filter, hashes and documents. @returns the sum of the hashes */
function writeDocuments(out: SegmentWriter, { documents, effort = 'fast' }: BuildInput): Uint8Array {
  const ids = new IdSectionWriter(out)
  const bloom = new BloomSectionWriter(documents.length)
  const hasher = new DocumentHasher()
  const hashes = new Uint8Array(documents.length * HASH_BYTES)
  for (let docId = 0; docId < documents.length; docId++) {
    const document = documents[docId]!
    // Buffer's pool: a new ArrayBuffer for each id would cost more than all the rest of the loop.
    const id = Buffer.from(document.id)
    ids.add(id)
    bloom.add(id)
    hasher.hashInto(document, hashes, docId * HASH_BYTES)
  }
  ids.finish()
  bloom.write(out)
  writeHashSection(out, hashes)

  const samples = sampledDocIds(documents.length).map((docId) => documents[docId]!.json)
  const stored = new DocumentSectionWriter(out, documentDictionary(samples), effort)
  for (const { json } of documents) stored.add(json)
  stored.finish()
  return sumHashes(hashes)
}

function writeFields(
  out: SegmentWriter,
  { documents, analyzers }: BuildInput,
): { fields: SegmentField[]; fieldTotals: FieldTotals[]; sideFiles: ReturnType<typeof makeSideFile>[] } {
  const built: { readonly field: Field; readonly builder: FieldBuilder }[] = []
  const context = { docCount: documents.length, analyzers, tokens: new TokenBuffer() }
  for (let docId = 0; docId < documents.length; docId++) {
    for (const { field, values, elements } of documents[docId]!.fields) {
      if (!field.index) continue
      built[field.number] ??= { field, builder: kindOf(field).build(field, context) }
      built[field.number]!.builder.add(docId, values, elements)
    }
  }
  const fields: SegmentField[] = []
  const fieldTotals: FieldTotals[] = []
  const sideFiles: ReturnType<typeof makeSideFile>[] = []
  // `forEach` skips the holes, which are fields without values.
  built.forEach(({ field, builder }) => {
    const { number, name, type } = field
    const file: FieldOutput['file'] = (one) => sideFiles.push(makeSideFile(number, one))
    const totals = builder.write({ ...outputOf(out, number), file })
    const { id = '', version = 0 } = builder.analyzer ?? {}
    fields.push({ number, name, type, parameters: kindParametersOf(field), analyzer: id, analyzerVersion: version })
    if (totals !== undefined) fieldTotals.push({ field: number, ...totals })
  })
  return { fields, fieldTotals, sideFiles }
}

/** Writers of the sections of one field. */
function outputOf(out: SegmentWriter, field: FieldNumber): Omit<FieldOutput, 'file'> {
  return {
    lane: (lane) => new LaneWriter(out, { field, lane }),
    numbers: (section) => new ColumnSectionWriter(out, { kind: SectionKind[section], field }),
  }
}

function checkOrder(documents: readonly IndexableDocument[]): void {
  for (let i = 1; i < documents.length; i++) {
    const order = compareUtf8(documents[i - 1]!.id, documents[i]!.id)
    assert(order < 0, 'documents of a segment ascend by id')
  }
}
