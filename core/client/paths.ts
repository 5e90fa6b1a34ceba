import { InvalidRequestError } from '../errors.ts'

/** The path of a collection. */
export function pathOf(collection: string): string {
  return `/collections/${encodeSegment(collection)}`
}

/** Refuses `.` and `..`, because a URL resolves them even if they are percent-encoded. */
export function encodeSegment(name: string): string {
  if (name !== '.' && name !== '..' && name !== '') return encodeURIComponent(name)
  throw new InvalidRequestError('invalid_request', `"${name}" cannot stand in the path of a URL: write it in a batch`)
}

/** The parameters of a page, for the end of a path. */
export function queryOf(page: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value))
  return query.size === 0 ? '' : `?${query}`
}
