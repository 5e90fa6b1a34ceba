import { isRecord } from '../json-record.ts'
import type { JsonObject } from './search-request.ts'
import { type Shape, z } from './shape.ts'

/** The shape of a filter. The filter parser checks its content, which depends on the fields of the collection. */
export const filterShape: Shape<JsonObject> = z
  .custom<JsonObject>(isRecord, { params: { expected: 'an object' } })
  .meta({ $ref: '#/components/schemas/Filter' })
