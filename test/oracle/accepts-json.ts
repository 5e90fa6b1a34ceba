/**
 * Decides which plain documents a filter accepts, as the HTTP contract says, without
 * a schema: dates are compared as strings or epoch milliseconds, `code` ignores case.
 */
export function acceptsJson(filter: Readonly<Record<string, unknown>>, document: object): boolean {
  return Object.entries(filter).every(([member, value]) => {
    if (member === 'and') return (value as Record<string, unknown>[]).every((part) => acceptsJson(part, document))
    if (member === 'or') return (value as Record<string, unknown>[]).some((part) => acceptsJson(part, document))
    if (member === 'not') return !acceptsJson(value as Record<string, unknown>, document)
    return acceptsField(member, value, document)
  })
}

function acceptsField(field: string, condition: unknown, document: object): boolean {
  const values = valuesAt(document, field).map((value) => comparable(field, value))
  const has = (wanted: unknown) => {
    return wanted === null ? values.length === 0 : values.some((value) => value === comparable(field, wanted))
  }
  if (Array.isArray(condition)) return condition.some(has)
  if (typeof condition !== 'object' || condition === null) return has(condition)
  const { gt, gte, lt, lte, ...others } = condition as Record<string, unknown>
  const bound = (limit: unknown) => (limit === undefined ? undefined : comparable(field, limit))
  const isWithin = (value: Comparable, [above, from, below, to]: (Comparable | undefined)[]) =>
    (above === undefined || value > above) &&
    (from === undefined || value >= from) &&
    (below === undefined || value < below) &&
    (to === undefined || value <= to)
  const isBounded = [gt, gte, lt, lte].some((limit) => limit !== undefined)
  if (isBounded && !values.some((value) => isWithin(value, [gt, gte, lt, lte].map(bound)))) return false
  return Object.entries(others).every(([operator, wanted]) => {
    const list = wanted as unknown[]
    if (operator === 'ne') return !has(wanted)
    if (operator === 'in') return list.some(has)
    if (operator === 'nin') return !list.some(has)
    if (operator === 'contains_all') return list.every(has)
    if (operator === 'exists') return values.length > 0 === wanted
    if (operator === 'prefix')
      return values.some((value) => String(value).startsWith(String(comparable(field, wanted))))
    if (operator === 'between')
      return values.some((value) => isWithin(value, [undefined, bound(list[0]), undefined, bound(list[1])]))
    return acceptsField(`${field}.${operator}`, wanted, document)
  })
}

type Comparable = string | number | bigint | boolean

function comparable(field: string, value: unknown): Comparable {
  if (field === 'at') return typeof value === 'string' ? Date.parse(value) : (value as number)
  if (field === 'code') return String(value).toLowerCase()
  if (field === 'year') return BigInt(value as number)
  return value as Comparable
}

/** All values at or below a path, through objects and arrays. */
function valuesAt(value: unknown, path: string): unknown[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path))
  if (typeof value !== 'object') return path === '' ? [value] : []
  if (path === '') return Object.values(value).flatMap((inner) => valuesAt(inner, ''))
  const [first, ...rest] = path.split('.')
  return valuesAt((value as Record<string, unknown>)[first!], rest.join('.'))
}
