import { isRecord } from '../json-record.ts'
import type { JsonObject } from './search-request.ts'
import { type Shape, z } from './shape.ts'

/** A filter. The parser of filters checks what is in it, because that depends on the fields of the collection. */
export const filterShape: Shape<JsonObject> = z
  .custom<JsonObject>(isRecord, { params: { expected: 'an object' } })
  .meta({ $ref: '#/components/schemas/Filter' })
