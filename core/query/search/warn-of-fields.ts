import type { SearchRequest, Warning } from '../../contract/search-request.ts'
import { kindOf } from '../../fields/kinds.ts'
import { findNearestName } from '../../nearest-name.ts'
import { quote } from '../../quote.ts'
import { findField } from '../../schema/find-field.ts'
import type { Schema } from '../../schema/schema.ts'

/** Most warnings of one search; more would only repeat them. */
const WARNINGS_MAX = 10

/**
 * Warns of names in `include` and `exclude` that no field has, one step per warning. Documents may have fields that the
 * schema lacks if it does not add them, so then every name is allowed.
 */
export function* warnOfFields(
  schema: Schema,
  request: Pick<SearchRequest, 'include' | 'exclude'>,
): Generator<void, Warning[]> {
  const { include = [], exclude = [] } = request
  if (schema.dynamic === false || include.length + exclude.length === 0) return []
  const names = pathsOf(schema)
  const unknown = Object.entries({ include, exclude }).flatMap(([member, listed]) =>
    listed.filter((name) => !isKnown(schema, names, name)).map((name) => ({ member, name })),
  )
  const warnings: Warning[] = []
  for (const { member, name } of unknown.slice(0, WARNINGS_MAX)) {
    const nearest = findNearestName(name, names)
    const hint = nearest === undefined ? '' : `, did you mean ${quote(nearest)}?`
    warnings.push({ code: 'unknown_field', message: `${member}: no field named ${quote(name)}${hint}` })
    yield
  }
  return warnings
}

const pathsBySchema = new WeakMap<Schema, ReadonlySet<string>>()

/** The dotted names of all fields, and of the objects that contain them. */
function pathsOf(schema: Schema): ReadonlySet<string> {
  let paths = pathsBySchema.get(schema)
  if (paths === undefined) {
    paths = new Set(['id', ...schema.fields.flatMap(({ name }) => [name, ...objectsAround(name)])])
    pathsBySchema.set(schema, paths)
  }
  return paths
}

function isKnown(schema: Schema, paths: ReadonlySet<string>, name: string): boolean {
  if (paths.has(name)) return true
  return objectsAround(name).some((outer) => {
    const field = findField(schema, outer)
    return field !== undefined && hasUnlistedMembers(field)
  })
}

/** Whether values of the field may be objects whose members are no fields. */
function hasUnlistedMembers(field: Schema['fields'][number]): boolean {
  const { objects, convert } = kindOf(field)
  return objects !== undefined || convert === undefined
}

/** The dotted names of the objects around a name: `a` and `a.b` of `a.b.c`. */
function objectsAround(name: string): string[] {
  const outer: string[] = []
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) outer.push(name.slice(0, dot))
  return outer
}
