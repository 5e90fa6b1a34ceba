import { describeFields } from '../../core/contract/field-schemas.ts'
import { FILTER_SCHEMAS } from '../../core/contract/filter-operators.ts'
import { searchRequest } from '../../core/contract/search-shape.ts'
import { toJsonSchema } from '../../core/contract/shape.ts'
import { PLANNED } from '../../core/planned.ts'

/** The part of JSON Schema that the contract uses. */
type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxLength?: number
  readonly $ref?: string
}

/** The documents that the examples of the page search. */
export const BOOKS = [
  { id: '1', title: 'Moby-Dick', text: 'A captain hunts a whale', kind: 'novel', year: 1851 },
  { id: '2', title: 'The Sea Wolf', text: 'A captain hunts seals at sea', kind: ['novel', 'sea'], year: 1904 },
  { id: '3', title: 'Walden', text: 'What comes first: a house at a pond', kind: 'essay', year: 1854 },
  { id: '4', title: 'Notes', text: 'Wind and waves' },
]

/** Forms of members that only a later version supports, besides the members in {@link PLANNED}. */
export const PLANNED_FORMS = [
  { operator: { at_least: 0.75 } },
  { sort: [{ field: 'year', order: 'desc' }] },
  { explain: 'plan' },
]

/** Queries that show what the options of words do. */
const QUERIES: Readonly<Record<string, string>> = {
  fields: 'sea wolf',
  field_mode: 'sea wolf',
  operator: 'sea wolf',
  fuzziness: 'captein',
  prefix_last: 'a capt',
}

const numbers = new Intl.NumberFormat('en')

/** The page with every search option and every filter operator, made from the shapes that check requests. */
export function searchReference(): string {
  const { properties: options } = toJsonSchema(searchRequest) as JsonSchema
  const match = options!.query!.anyOf!.find(({ type }) => type === 'object')!
  const { Filter, Condition } = FILTER_SCHEMAS
  const operators = (Condition.anyOf as readonly JsonSchema[]).find(({ type }) => type === 'object')!.properties!
  const conditions = (name: string, example: unknown) => ({
    filter: { [fieldFor(name, example)]: { [name]: example } },
  })
  return `${[
    INTRODUCTION,
    ['```json', ...BOOKS.map(inline), '```'].join('\n'),
    '## Options of a search',
    OPTIONS,
    ...sections(options!, (name, example) => ({ ...(name in QUERIES && { query: QUERIES[name] }), [name]: example })),
    '## Members of `query` with `match`',
    `${match.description}. Such a query has these members; only \`match\` is required.`,
    ...sections(match.properties!, (name, example) => ({
      query: { ...(name in QUERIES && { match: QUERIES[name] }), [name]: example },
    })),
    '## Operators of a filter',
    grouped(Filter.description),
    ...sections(Filter.properties as Readonly<Record<string, JsonSchema>>, (name, example) => ({
      filter: { [name]: example },
    })),
    '## Operators of a condition',
    `${Condition.description}. A document is accepted as said below; which kinds of fields have an operator is in [filters](query-language.md#filters).`,
    ...sections(operators, conditions),
    '## Not supported by this version',
    notSupported(),
  ].join('\n\n')}\n`
}

const INTRODUCTION = `# Search reference

Every option of a search and every operator of a filter. This page is generated from the shapes that check requests (\`npm run -s docs:reference\`), and a test runs each example. The names are the same
over HTTP, in the library and in \`prism search\` where it has them. What queries and filters mean is in [query-language.md](query-language.md), ranking in [ranking.md](ranking.md), the types and options of fields in [schema.md](schema.md).

The examples are bodies of \`POST /collections/books/search\`, or arguments of \`search()\` in the library, over these documents:`

const OPTIONS = 'None is required. An unknown option is refused with the nearest name.'

function sections(
  members: Readonly<Record<string, JsonSchema>>,
  requestWith: (name: string, example: unknown) => object,
): string[] {
  return Object.entries(members).map(([name, schema]) => {
    const { description, examples = [] } = schema
    const facts = [`Type: ${typeOf(schema)}`, ...defaultOf(schema), ...limitsOf(schema)].join('. ')
    const requests = examples.map((example) => inline(requestWith(name, example)))
    return [
      `### \`${name}\``,
      `${grouped(description!)}.`,
      `${facts}.`,
      ['```json', ...requests, '```'].join('\n'),
    ].join('\n\n')
  })
}

function typeOf(schema: JsonSchema): string {
  const { type, anyOf, items, $ref } = schema
  if ($ref !== undefined) return 'filter'
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ')
  if (schema.const !== undefined) return code(schema.const)
  if (anyOf !== undefined) return anyOf.map(typeOf).join(anyOf.some(({ type }) => type === 'object') ? ' or ' : ', ')
  if (type === 'array') return `list of ${items === undefined ? 'values' : typeOf(items)}`
  return typeof type === 'string' ? type : type!.join(' or ')
}

function defaultOf(schema: JsonSchema): string[] {
  return schema.default === undefined ? [] : [`Default: ${code(schema.default)}`]
}

/** The limits of a value itself; those of its alternatives are in its description. */
function limitsOf({ minimum, maximum, minItems, maxItems, maxLength, items }: JsonSchema): string[] {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  const range = isBounded ? [`${numbers.format(minimum ?? 0)} to ${numbers.format(maximum)}`] : []
  const from = minimum !== undefined && !isBounded ? [`from ${numbers.format(minimum)}`] : []
  const count = minItems === maxItems ? `${maxItems}` : `at most ${numbers.format(maxItems ?? 0)}`
  const list = maxItems === undefined ? [] : [`${count} items`]
  const length = maxLength === undefined ? [] : [`at most ${numbers.format(maxLength)} characters`]
  const each = items?.maxLength === undefined ? [] : [`each at most ${numbers.format(items.maxLength)} characters`]
  const limits = [...range, ...from, ...list, ...each, ...length]
  return limits.length === 0 ? [] : [`Limits: ${limits.join(', ')}`]
}

function notSupported(): string {
  const { Field } = describeFields()
  const types = PLANNED.fieldTypes.filter((type) => !inline(Field).includes(`"${type}"`))
  return [
    'A request that uses one of these is refused with `not_supported`; members that are null are ignored.',
    `- options: ${PLANNED.members.map(code).join(', ')} (of searches, and of collections; \`prefix_last\` only outside \`match\`)`,
    `- forms of options: ${PLANNED_FORMS.map((form) => `\`${inline(form)}\``).join(', ')}`,
    `- operators of filters: ${Object.keys(PLANNED.filterOperators).map(code).join(', ')}`,
    `- types of fields: ${types.map(code).join(', ')}; options of fields: ${PLANNED.fieldOptions.map(code).join(', ')}`,
  ]
    .join('\n')
    .replace('\n- ', '\n\n- ')
}

/** A field of {@link BOOKS} whose values an operand can be compared with. */
function fieldFor(operator: string, operand: unknown): string {
  if (operator === 'exists') return 'year'
  const [value] = Array.isArray(operand) ? operand : [operand]
  return typeof value === 'number' ? 'year' : 'kind'
}

/** A text whose large numbers are written as in the other guides: 10,000. */
function grouped(text: string): string {
  return text.replace(/\b\d{4,}\b/g, (digits) => numbers.format(Number(digits)))
}

function code(value: unknown): string {
  return `\`${String(value)}\``
}

/** JSON in one line, spaced as people write it. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${inline(member)}`)
    .join(', ')} }`
}
