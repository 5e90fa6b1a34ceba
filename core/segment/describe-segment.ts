import type { Schema } from '../schema/schema.ts'
import type { SegmentReader } from './segment-reader.ts'
export function describeSegment(_reader: SegmentReader, _schema: Schema): { readonly [name: string]: unknown } {
  return {}
}
