import { isRecord } from '../json-record.ts'

/**
 * Applies a JSON merge patch (RFC 7396) to an object: null removes a member, objects are merged, and other values
 * (arrays too) are replaced. Idempotent; changes neither argument.
 *
 * Members keep their order, and new members follow. Undefined members count as absent.
 */
export function mergePatch(target: object, patch: object): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(name)
    else merged.set(name, isRecord(value) ? mergePatch(objectOrEmpty(merged.get(name)), value) : value)
  }
  // Unlike assignment, fromEntries creates an ordinary member even for the name `__proto__`.
  return Object.fromEntries(merged)
}

function objectOrEmpty(value: unknown): object {
  return isRecord(value) ? value : {}
}
