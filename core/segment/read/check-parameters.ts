import { corrupt } from '../../bytes/checksum.ts'
import { kindParametersOf } from '../../fields/kinds.ts'
import type { Schema } from '../../schema/schema.ts'
import type { SegmentReader } from './segment-reader.ts'

/**
 * Holds a segment's fields to have the parameters that a schema says: values of other parameters mean something else.
 *
 * @throws {CorruptDataError} naming the field and both
 */
export function checkParameters({ footer, source }: SegmentReader, { fields }: Schema): void {
  for (const { number, name, parameters } of footer.fields) {
    const field = fields[number]
    if (parameters === '' || field === undefined) continue
    const expected = kindParametersOf(field)
    if (parameters !== expected)
      throw corrupt(source, `holds field "${name}" with ${parameters}, the schema has ${expected}`)
  }
}
