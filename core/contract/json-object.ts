import { isRecord } from '../json-record.ts'
import { JSON_DEPTH_MAX } from '../schema/json-bounds.ts'
import { z } from './shape.ts'

/** A value inside an object that JSON cannot express, and what it should be. */
type NotJson = { readonly path: PropertyKey[]; readonly expected: string }

/** Whether a member that is undefined counts as absent. In a filter it must not: a condition would be lost. */
type UndefinedMembers = 'absent' | 'refused'

/**
 * The shape of an object of JSON values, whatever their names. Requests over HTTP consist of JSON already; callers in
 * this process may give anything, and JSON would silently change it: NaN to null, a Set to `{}`, a function to nothing.
 */
export function jsonObject<T>({ undefinedMembers }: { readonly undefinedMembers: UndefinedMembers }) {
  return z.custom<T>(isRecord, { params: { expected: 'an object' } }).superRefine((value, { addIssue }) => {
    const found = isRecord(value) && findNotJson(value, [], undefinedMembers)
    if (found) addIssue({ code: 'custom', path: found.path, params: { expected: found.expected } })
  })
}

function findNotJson(value: unknown, path: PropertyKey[], undefinedMembers: UndefinedMembers): NotJson | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path, expected: 'a finite number' }
  if (typeof value !== 'object' || !isPlain(value)) return { path, expected: 'a JSON value' }
  if (path.length === JSON_DEPTH_MAX) return { path, expected: `values nested at most ${JSON_DEPTH_MAX} deep` }
  const isList = Array.isArray(value)
  for (const [key, inner] of isList ? value.entries() : Object.entries(value)) {
    if (inner === undefined && !isList && undefinedMembers === 'absent') continue
    const found = findNotJson(inner, [...path, key], undefinedMembers)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether an object is a list, or has no class. Objects of other realms, such as those of a test runner, are plain too. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
