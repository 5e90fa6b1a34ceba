import { FILTER_CONDITIONS_MAX, FILTER_DEPTH_MAX, FILTER_VALUES_MAX } from './limits.ts'

const value = { type: ['string', 'number', 'boolean', 'null'] }
const values = { type: 'array', items: value, maxItems: FILTER_VALUES_MAX }

/** The operators of a condition on a field, each with the JSON Schema of its operand. */
const OPERANDS = {
  eq: { ...value, description: 'One of its values is equal; for `null`: it has no value', examples: [1851] },
  ne: { ...value, description: '`eq` does not accept it, so documents without a value match', examples: [1851] },
  gt: { ...value, description: 'One of its values is greater', examples: [1851] },
  gte: { ...value, description: 'One of its values is greater or equal', examples: [1900] },
  lt: { ...value, description: 'One of its values is less', examples: [1900] },
  lte: { ...value, description: 'One of its values is less or equal', examples: [1851] },
  between: {
    ...values,
    minItems: 2,
    maxItems: 2,
    description: 'One of its values lies between the two, both included',
    examples: [[1850, 1899]],
  },
  in: { ...values, description: 'One of its values is in the list', examples: [[1851, 1904]] },
  nin: { ...values, description: '`in` does not accept it, so documents without a value match', examples: [[1851]] },
  exists: { type: 'boolean', description: 'Whether it has a value', examples: [true] },
  prefix: { type: 'string', description: 'One of its values begins with the string', examples: ['nov'] },
  contains_all: { ...values, description: 'It has every value of the list', examples: [['novel', 'sea']] },
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
    properties: {
      and: { ...filters, description: 'All of them hold', examples: [[{ kind: 'novel' }, { year: { lt: 1900 } }]] },
      or: { ...filters, description: 'One of them holds', examples: [[{ kind: 'essay' }, { year: { lt: 1900 } }]] },
      not: { ...filter, description: 'It does not hold', examples: [{ kind: 'novel' }] },
    },
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
