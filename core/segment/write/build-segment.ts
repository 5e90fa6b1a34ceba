import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import { TokenBuffer } from '../../analysis/text-analyzer.ts'
import { assert } from '../../assert.ts'
import type { FieldValues } from '../../fields/field.ts'
import type { Schema } from '../../schema/schema.ts'
import { compareUtf8 } from '../../utf8.ts'
import { BloomSectionWriter } from '../format/bloom-section.ts'
import { concatenate } from '../format/concatenate.ts'
import type { Effort } from '../format/document-blocks.ts'
import { DocumentHasher, HASH_BYTES, sumHashes } from '../format/document-hash.ts'
import { DocumentSectionWriter, documentDictionary, sampledDocIds } from '../format/document-section.ts'
import { writeHashSection } from '../format/hash-section.ts'
import { IdSectionWriter } from '../format/id-section.ts'
import type { FieldTotals, SegmentFile } from '../format/segment-entry.ts'
import type { SegmentField } from '../format/segment-format.ts'
import { SegmentWriter } from '../format/segment-writer.ts'
import { FieldBuilder } from './field-builder.ts'

/** A document as it is stored, and the values of it that are indexed. */
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
  /** In ascending order of ids as UTF-8 bytes, no two alike. */
  readonly documents: readonly IndexableDocument[]
  /** The analyzers of all languages of the schema are loaded. */
  readonly analyzers: AnalyzerPool
  /** How well documents are compressed. Default `fast`. */
  readonly effort?: Effort
}

/** Builds a segment in memory. Synchronous, some 60 ms a megabyte of documents. */
export function buildSegment(input: BuildInput): { bytes: Uint8Array; file: SegmentFile } {
  const { documents, schema, name, analyzers } = input
  checkOrder(documents)
  analyzers.resetIfLarge()
  const out = new SegmentWriter()
  const checksum = writeDocuments(out, input)
  const { fields, fieldTotals } = writeFields(out, input)
  const docCount = documents.length
  const end = out.finish({ docCount, schemaVersion: schema.version, fields })
  return {
    bytes: concatenate(out.takeChunks()),
    file: { name, schemaVersion: schema.version, docCount, ...end, fieldTotals, checksum },
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
    // From the runtime's pool: an ArrayBuffer for each id would cost more than all else that is done with it.
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
): { fields: SegmentField[]; fieldTotals: FieldTotals[] } {
  const builders: (FieldBuilder | undefined)[] = []
  const options = { docCount: documents.length, analyzers, tokens: new TokenBuffer() }
  for (let docId = 0; docId < documents.length; docId++) {
    for (const { field, values } of documents[docId]!.fields) {
      if (!field.index) continue
      let builder = builders[field.number]
      if (builder === undefined) {
        builder = new FieldBuilder(field, options)
        builders[field.number] = builder
      }
      builder.add(docId, values)
    }
  }
  const fields: SegmentField[] = []
  const fieldTotals: FieldTotals[] = []
  for (const builder of builders) {
    if (builder === undefined) continue
    const { field, totals } = builder.write(out)
    fields.push(field)
    if (totals !== undefined) fieldTotals.push(totals)
  }
  return { fields, fieldTotals }
}

function checkOrder(documents: readonly IndexableDocument[]): void {
  for (let i = 1; i < documents.length; i++) {
    const order = compareUtf8(documents[i - 1]!.id, documents[i]!.id)
    assert(order < 0, 'documents of a segment ascend by id')
  }
}
