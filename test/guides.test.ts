import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FILTER_OPERATORS } from '../core/contract/filter-operators.ts'
import { PrismError } from '../core/errors.ts'
import { fieldTypes, kindOf } from '../core/fields/kinds.ts'
import { parseFilter } from '../core/query/filter/parse-filter.ts'
import { parseSchema } from '../core/schema/declare-schema.ts'

/** A value that each kind of field can be compared with. */
const VALUES: Readonly<Record<string, unknown>> = {
  id: 'a',
  text: 'a',
  keyword: 'a',
  integer: 1,
  float: 1.5,
  boolean: true,
  date: '2024',
  object: 'a',
  json: 'a',
}
const OPERANDS: Readonly<Record<string, (value: unknown) => unknown>> = {
  between: (value) => [value, value],
  in: (value) => [value],
  nin: (value) => [value],
  contains_all: (value) => [value],
  exists: () => true,
}

test('docs/query-language.md names every filter operator, and the kinds of fields that have it', () => {
  const fields = Object.fromEntries(fieldTypes().map((type) => [type, declarationOf(type)]))
  const schema = parseSchema({ fields })
  const documented = tableOf('query-language.md', 'operator').flatMap(([operators, , , kinds]) =>
    codesIn(operators!).map((operator) => [operator, codesIn(kinds!)]),
  )
  const accepted = FILTER_OPERATORS.map((operator) => {
    const operandOf = OPERANDS[operator] ?? ((value: unknown) => value)
    const accepts = (name: string) =>
      isAccepted(() => parseFilter({ [name]: { [operator]: operandOf(VALUES[name]) } }, schema))
    return [operator, ['id', ...fieldTypes()].filter(accepts)]
  })

  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(accepted))
})

test('the schema in docs/schema.md is valid and has every type and option, as does the table of options', () => {
  const [, json] = /```json\n([\s\S]*?)```/.exec(guide('schema.md'))!
  const options = new Map<string, string[]>()
  for (const type of fieldTypes())
    for (const option of Object.keys(kindOf({ type }).options))
      options.set(option, [...(options.get(option) ?? []), type])

  expect(parseSchema(JSON.parse(json!)).defaultFields).toHaveLength(2)
  for (const type of fieldTypes()) expect(json).toContain(`"${type}"`)
  for (const option of options.keys()) expect(json).toContain(`"${option}":`)
  const documented = tableOf('schema.md', 'option').map(([option, types]) => [codesIn(option!)[0], codesIn(types!)])
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(options))
})

function guide(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
}

/** The rows of the table whose first column has this title, as cells. */
function tableOf(name: string, title: string): string[][] {
  const lines = guide(name).split('\n')
  const start = lines.findIndex((line) => new RegExp(`^\\| ${title} +\\|`).test(line))
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  return lines.slice(start + 2, start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function codesIn(cell: string): string[] {
  return Array.from(cell.matchAll(/`(\w+)`/g), ([, code]) => code!)
}

function declarationOf(type: string): unknown {
  if (type === 'text') return { type, column: true }
  return type === 'object' ? { fields: { name: 'keyword' } } : type
}

function isAccepted(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (error) {
    if (error instanceof PrismError) return false
    throw error
  }
}
