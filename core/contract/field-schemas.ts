import { fieldTypes, kindOf } from '../fields/kinds.ts'
import { FIELDS_MAX } from '../schema/schema.ts'

const field = { $ref: '#/components/schemas/Field' }

/** The components of an OpenAPI document that describe declarations of schemas, from the kinds of fields that there are. */
export function describeFields() {
  const type = { type: 'string', enum: fieldTypes() }
  return {
    Schema: {
      type: 'object',
      properties: {
        fields: {
          type: 'object',
          additionalProperties: field,
          description: `By name, dotted or nested; at most ${FIELDS_MAX}`,
        },
        dynamic: {
          enum: [true, false, 'strict'],
          default: true,
          description: 'What happens to fields that are not declared: they are added, only stored, or refused',
        },
        default_fields: { type: 'array', items: { type: 'string' }, description: 'Such as `["title^2", "body"]`' },
      },
      additionalProperties: false,
      example: { fields: { title: 'text', year: 'integer' }, default_fields: ['title'] },
    },
    Field: {
      description: 'The name of a type, or an object with options. Without a type, an object with fields in it',
      anyOf: [
        type,
        {
          type: 'object',
          properties: { type, ...describeOptions(), fields: { type: 'object', additionalProperties: field } },
          additionalProperties: false,
        },
      ],
    },
  }
}

/** Each option of any type, and which types have it. */
function describeOptions(): Record<string, object> {
  const types = new Map<string, string[]>()
  for (const type of fieldTypes()) {
    for (const option of Object.keys(kindOf({ type }).options)) types.set(option, [...(types.get(option) ?? []), type])
  }
  return Object.fromEntries(
    [...types].map(([option, of]) => [option, { description: `Of fields of type ${of.join(', ')}` }]),
  )
}
