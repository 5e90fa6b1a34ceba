import { CorruptDataError } from '../errors.ts'
import type { Attributes, AttributeValue } from './coordination.ts'

/** A value in DynamoDB's protocol: the letter of its type, then the value. */
export type DynamoValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly B: Uint8Array }
  | { readonly L: readonly DynamoValue[] }
  | { readonly M: DynamoItem }

export type DynamoItem = { readonly [name: string]: DynamoValue }

export function toDynamoValue(value: AttributeValue): DynamoValue {
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'number':
      return { N: String(value) }
    case 'boolean':
      return { BOOL: value }
  }
  if (value instanceof Uint8Array) return { B: value }
  if (Array.isArray(value)) return { L: value.map(toDynamoValue) }
  return { M: mapValues(value as Attributes, toDynamoValue) }
}

/**
 * Converts a value of a type that {@link toDynamoValue} produces.
 *
 * @throws {CorruptDataError} `corrupt_row` for other types, such as sets and null
 */
export function fromDynamoValue(value: DynamoValue): AttributeValue {
  if ('S' in value) return value.S
  if ('N' in value) return Number(value.N)
  if ('BOOL' in value) return value.BOOL
  if ('B' in value) return new Uint8Array(value.B)
  if ('L' in value) return value.L.map(fromDynamoValue)
  if ('M' in value) return mapValues(value.M, fromDynamoValue)
  throw new CorruptDataError('corrupt_row', `a row holds a value of DynamoDB's type ${Object.keys(value).join()}`)
}

export function mapValues<A, B>(map: { readonly [name: string]: A }, change: (value: A) => B): Record<string, B> {
  const changed: Record<string, B> = {}
  for (const [name, value] of Object.entries(map)) changed[name] = change(value)
  return changed
}
