import { assert } from '../assert.ts'
import type { Attributes, AttributeValue, Change, Condition } from './coordination.ts'

/** DynamoDB stores magnitudes from 1e-130 to 1e126, less exactly near the ends. */
const NUMBER_SIZE_MIN = 1e-120
const NUMBER_SIZE_MAX = 1e120

/** Whether a row's attributes meet all conditions; `undefined` means a missing row. */
export function conditionsHold(attributes: Attributes | undefined, conditions: readonly Condition[]): boolean {
  return conditions.every((condition) => conditionHolds(attributeOf(attributes, condition.attribute), condition))
}

/** Returns the attributes of a row after a change; `undefined` means a missing row. Values are shared, not copied. */
export function applyChange(attributes: Attributes | undefined, change: Change): Attributes {
  const next: Record<string, AttributeValue> = { ...attributes, ...change.set }
  for (const name of change.remove ?? []) delete next[name]
  for (const [name, values] of Object.entries(change.append ?? {})) {
    const list = attributeOf(attributes, name) ?? []
    assert(Array.isArray(list), `values can be appended only to a list, and ${name} is not a list`)
    next[name] = [...(list as readonly AttributeValue[]), ...values]
  }
  return next
}

/**
 * Throws for a change that some back end would refuse: an attribute that is changed twice, a number that is not finite,
 * or a name that is empty, `__proto__`, `pk` or `sk`.
 */
export function checkChange(change: Change): void {
  const names = [...Object.keys(change.set ?? {}), ...(change.remove ?? []), ...Object.keys(change.append ?? {})]
  assert(new Set(names).size === names.length, `a change must name each attribute only once: ${names.join(', ')}`)
  for (const name of names) {
    checkName(name)
    assert(name !== 'pk' && name !== 'sk', `${name} is part of the key, not an attribute`)
  }
  for (const value of Object.values(change.set ?? {})) checkValue(value)
  for (const values of Object.values(change.append ?? {})) checkValue(values)
}

function checkValue(value: AttributeValue): void {
  if (typeof value === 'number') {
    const size = Math.abs(value)
    const isHeld = size === 0 || (size >= NUMBER_SIZE_MIN && size <= NUMBER_SIZE_MAX)
    assert(isHeld, `an attribute's number must be finite and within DynamoDB's range, got ${value}`)
  }
  assert(value !== undefined && value !== null, 'an attribute must have a value')
  if (typeof value !== 'object' || value instanceof Uint8Array) return
  if (!Array.isArray(value)) for (const name of Object.keys(value)) checkName(name)
  for (const item of Object.values(value)) checkValue(item as AttributeValue)
}

function checkName(name: string): void {
  assert(name !== '' && name !== '__proto__', `an attribute may not be named ${JSON.stringify(name)}`)
}

function conditionHolds(value: AttributeValue | undefined, condition: Condition): boolean {
  switch (condition.is) {
    case 'absent':
      return value === undefined
    case 'present':
      return value !== undefined
    case 'equal':
      return value === condition.value
    case 'at_most':
      return typeof value === 'number' && value <= condition.value
    case 'at_least':
      return typeof value === 'number' && value >= condition.value
  }
}

function attributeOf(attributes: Attributes | undefined, name: string): AttributeValue | undefined {
  return attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined
}
