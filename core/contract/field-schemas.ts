import { fieldTypes, kindOf } from '../fields/kinds.ts'
import { FIELDS_MAX } from '../schema/schema.ts'

const field = { $ref: '#/components/schemas/Field' }

/** The OpenAPI components for schema declarations, derived from the kinds of fields. */
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
          description: 'How to treat undeclared fields: true adds them, false only stores them, "strict" refuses them',
        },
        default_fields: { type: 'array', items: { type: 'string' }, description: 'Such as `["title^2", "body"]`' },
      },
      additionalProperties: false,
      example: { fields: { title: 'text', year: 'integer' }, default_fields: ['title'] },
    },
    Field: {
      description: 'The name of a type, or an object with options. Without a type, an object that contains fields',
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

/** Each option, with the types that have it. */
function describeOptions(): Record<string, object> {
  const types = new Map<string, string[]>()
  for (const type of fieldTypes()) {
    for (const option of Object.keys(kindOf({ type }).options)) types.set(option, [...(types.get(option) ?? []), type])
  }
  return Object.fromEntries(
    [...types].map(([option, of]) => [option, { description: `For fields of type ${of.join(', ')}` }]),
  )
}
