import type { JsonObject } from '../../contract/search-request.ts'

/** The parts of documents that an answer shows. */
export type Projection = {
  /** Dotted paths of fields, or of objects with all their fields. Undefined includes everything, an empty set nothing. */
  readonly include: ReadonlySet<string> | undefined
  readonly exclude: ReadonlySet<string>
}

/** Whether a projection excludes every field of every document. */
export function isNothing(projection: Projection): boolean {
  return projection.include?.size === 0
}

/** The document with only the included fields. Objects that become empty are omitted. */
export function projectDocument(document: JsonObject, projection: Projection): JsonObject {
  if (projection.include === undefined && projection.exclude.size === 0) return document
  return (projectValue(document, '', projection) as JsonObject | undefined) ?? {}
}

function projectValue(value: unknown, path: string, projection: Projection): unknown {
  if (path !== '' && isCovered(path, projection.exclude)) return undefined
  const included = projection.include === undefined || isCovered(path, projection.include)
  if (Array.isArray(value)) return projectArray(value, path, { projection, included })
  if (typeof value !== 'object' || value === null) return included ? value : undefined
  const fields = Object.entries(value).flatMap(([name, part]): [string, unknown][] => {
    const projected = projectValue(part, path === '' ? name : `${path}.${name}`, projection)
    return projected === undefined ? [] : [[name, projected]]
  })
  return fields.length === 0 && !(included && Object.keys(value).length === 0) ? undefined : Object.fromEntries(fields)
}

function projectArray(
  values: readonly unknown[],
  path: string,
  { projection, included }: { readonly projection: Projection; readonly included: boolean },
): unknown {
  const projected = values.map((part) => projectValue(part, path, projection)).filter((part) => part !== undefined)
  return projected.length === 0 && !(included && values.length === 0) ? undefined : projected
}

/** Whether the list has a path, or an object that contains it. */
function isCovered(path: string, listed: ReadonlySet<string>): boolean {
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    if (listed.has(path.slice(0, dot))) return true
  }
  return listed.has(path)
}
