import { isRecord } from '../json-record.ts'

/**
 * Applies a JSON merge patch (RFC 7396) to an object: members that are null go, objects are merged,
 * everything else (arrays too) is replaced. Neither argument is changed. Doing it twice is doing it once.
 *
 * Members keep their order; new ones follow. Undefined members count as absent.
 */
export function mergePatch(target: object, patch: object): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(name)
    else merged.set(name, isRecord(value) ? mergePatch(objectOrEmpty(merged.get(name)), value) : value)
  }
  // Members made in this way are the object's own, be their name `__proto__`.
  return Object.fromEntries(merged)
}

function objectOrEmpty(value: unknown): object {
  return isRecord(value) ? value : {}
}
