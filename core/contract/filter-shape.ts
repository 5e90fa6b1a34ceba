import { jsonObject } from './json-object.ts'
import type { JsonObject } from './search-request.ts'
import type { Shape } from './shape.ts'

/** The shape of a filter. The filter parser checks its content, which depends on the fields of the collection. */
export const filterShape: Shape<JsonObject> = jsonObject<JsonObject>({ undefinedMembers: 'refused' }).meta({
  $ref: '#/components/schemas/Filter',
})
