import { corrupt } from '../../bytes/checksum.ts'
import { kindParametersOf } from '../../fields/kinds.ts'
import type { Schema } from '../../schema/schema.ts'
import type { SegmentReader } from './segment-reader.ts'

/**
 * Checks that a segment's fields have the parameters of a schema: under other parameters the same bytes mean other values.
 *
 * @throws {CorruptDataError} naming the field, its parameters and the expected ones
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
