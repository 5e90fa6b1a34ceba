import type { AttributeValue, Change, Condition } from './coordination.ts'
import { type DynamoItem, type DynamoValue, toDynamoValue } from './dynamo-values.ts'

/**
 * Collects the names and values in the expressions of one request. The expressions use placeholders for all names, because
 * DynamoDB reserves some 570 words.
 */
export class Placeholders {
  readonly #names = new Map<string, string>()
  readonly #values: Record<string, DynamoValue> = {}
  #valueCount = 0

  name(attribute: string): string {
    const known = this.#names.get(attribute)
    if (known !== undefined) return known
    const placeholder = `#n${this.#names.size}`
    this.#names.set(attribute, placeholder)
    return placeholder
  }

  value(value: AttributeValue): string {
    const placeholder = `:v${this.#valueCount++}`
    this.#values[placeholder] = toDynamoValue(value)
    return placeholder
  }

  /** DynamoDB refuses empty maps, and names that no expression uses. */
  get used(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: DynamoItem } {
    const names = Object.fromEntries(Array.from(this.#names, ([attribute, placeholder]) => [placeholder, attribute]))
    return {
      ...(this.#names.size === 0 ? {} : { ExpressionAttributeNames: names }),
      ...(this.#valueCount === 0 ? {} : { ExpressionAttributeValues: this.#values }),
    }
  }
}

/** @returns undefined for an empty change, because DynamoDB refuses an empty expression */
export function updateExpression(change: Change, placeholders: Placeholders): string | undefined {
  const sets = Object.entries(change.set ?? {}).map(
    ([name, value]) => `${placeholders.name(name)} = ${placeholders.value(value)}`,
  )
  const appends = Object.entries(change.append ?? {}).map(([name, values]) => {
    const list = placeholders.name(name)
    return `${list} = list_append(if_not_exists(${list}, ${placeholders.value([])}), ${placeholders.value(values)})`
  })
  const removals = (change.remove ?? []).map((name) => placeholders.name(name))
  const clauses = [
    sets.length + appends.length > 0 ? `SET ${[...sets, ...appends].join(', ')}` : '',
    removals.length > 0 ? `REMOVE ${removals.join(', ')}` : '',
  ]
  return clauses.some((clause) => clause !== '') ? clauses.join(' ').trim() : undefined
}

export function conditionExpression(conditions: readonly Condition[], placeholders: Placeholders): string | undefined {
  if (conditions.length === 0) return undefined
  return conditions.map((condition) => conditionTerm(condition, placeholders)).join(' AND ')
}

function conditionTerm(condition: Condition, placeholders: Placeholders): string {
  const name = placeholders.name(condition.attribute)
  switch (condition.is) {
    case 'absent':
      return `attribute_not_exists(${name})`
    case 'present':
      return `attribute_exists(${name})`
    case 'equal':
      return `${name} = ${placeholders.value(condition.value)}`
    case 'at_most':
      return `${name} <= ${placeholders.value(condition.value)}`
    case 'at_least':
      return `${name} >= ${placeholders.value(condition.value)}`
  }
}
