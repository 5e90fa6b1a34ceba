/** A JSON object with any members. */
export type JsonRecord = { readonly [member: string]: unknown }

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
