import { createHash } from 'node:crypto'

/** A document in the model: its JSON, or undefined. */
export type ModelState = string | undefined

export type ModelCondition = { readonly absent?: true; readonly present?: true; readonly version?: string }

/** One operation on one document. */
export type ModelOperation =
  | { readonly kind: 'put'; readonly document: object; readonly condition?: ModelCondition }
  | { readonly kind: 'patch'; readonly patch: Record<string, unknown>; readonly condition?: ModelCondition }
  | { readonly kind: 'delete'; readonly condition?: ModelCondition }
  | { readonly kind: 'read' }
  /** A patch by filter, which applies only if the document has this value. */
  | { readonly kind: 'update_where'; readonly member: string; readonly equals: unknown; readonly patch: object }

/** The part of the client's answer that is compared. */
export type ModelResult = string

/** Applies an operation as the contract defines it. */
export function applyToModel(
  id: string,
  state: ModelState,
  operation: ModelOperation,
): { readonly state: ModelState; readonly result: ModelResult } | undefined {
  const version = modelVersion(id, state)
  if (operation.kind === 'read') return { state, result: `read ${version}` }
  if (operation.kind === 'update_where') {
    if (state === undefined) return undefined
    const document = JSON.parse(state) as Record<string, unknown>
    return document[operation.member] === operation.equals
      ? { state: JSON.stringify(patched(document, operation.patch)), result: 'updated' }
      : undefined
  }
  const { condition = {} } = operation
  const fits =
    (!condition.absent || state === undefined) &&
    (!condition.present || state !== undefined) &&
    (condition.version === undefined || condition.version === version)
  if (!fits) return { state, result: `conflict ${version}` }
  if (operation.kind === 'delete') {
    return { state: undefined, result: state === undefined ? 'missing null' : 'deleted null' }
  }
  if (operation.kind === 'put') {
    const next = JSON.stringify(operation.document)
    return { state: next, result: `${state === undefined ? 'created' : 'replaced'} ${modelVersion(id, next)}` }
  }
  if (state === undefined) return { state, result: 'not_found' }
  const next = JSON.stringify(patched(JSON.parse(state) as object, operation.patch))
  return { state: next, result: `${next === state ? 'unchanged' : 'patched'} ${modelVersion(id, next)}` }
}

/** Patches flat documents, the only ones that the test writes. */
function patched(document: object, patch: object): object {
  const result: Record<string, unknown> = { ...document }
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) delete result[member]
    else result[member] = value
  }
  return result
}

export function modelVersion(id: string, state: ModelState): string | null {
  if (state === undefined) return null
  return createHash('sha256').update(`${id}\0${state}`).digest().subarray(0, 16).toString('base64url')
}
