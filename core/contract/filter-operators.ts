import { FILTER_CONDITIONS_MAX, FILTER_DEPTH_MAX, FILTER_VALUES_MAX } from './limits.ts'

const value = { type: ['string', 'number', 'boolean', 'null'] }
const values = { type: 'array', items: value, maxItems: FILTER_VALUES_MAX }

/** The operators of a condition on a field, each with the JSON Schema of its operand. */
const OPERANDS = {
  eq: { ...value, description: 'null: missing' },
  ne: { ...value, description: 'Also matches missing' },
  gt: value,
  gte: value,
  lt: value,
  lte: value,
  between: { ...values, minItems: 2, maxItems: 2, description: 'Both ends included' },
  in: values,
  nin: { ...values, description: 'Also matches missing' },
  exists: { type: 'boolean' },
  prefix: { type: 'string' },
  contains_all: values,
}

/** The names of the operators in filter conditions. */
export const FILTER_OPERATORS: readonly string[] = Object.keys(OPERANDS)

const filter = { $ref: '#/components/schemas/Filter' }
const filters = { type: 'array', items: filter }

/** The OpenAPI components for filters. The engine parses filters, because it knows the fields. */
export const FILTER_SCHEMAS = {
  Filter: {
    type: 'object',
    description: `Conditions by field name; all of them must hold. At most ${FILTER_CONDITIONS_MAX} conditions, ${FILTER_VALUES_MAX} values and ${FILTER_DEPTH_MAX} levels. For a field that is named like an operator, write \`{ "field": "not", "eq": 1 }\`.`,
    properties: { and: filters, or: filters, not: filter },
    additionalProperties: { $ref: '#/components/schemas/Condition' },
    example: { year: { gte: 1850, lt: 1900 }, kind: ['novel', 'essay'], not: { draft: true } },
  },
  Condition: {
    description:
      'A value; a list, of which one value must match; operators, which must all hold; or conditions on the fields of an object',
    anyOf: [
      value,
      values,
      { type: 'object', properties: OPERANDS, additionalProperties: { $ref: '#/components/schemas/Condition' } },
    ],
  },
}
