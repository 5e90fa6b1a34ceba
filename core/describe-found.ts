import { quote } from './quote.ts'

/** Names a value's type, and the value if it is short, for error messages. */
export function describeFound(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return `the string ${quote(value)}`
    case 'number':
    case 'boolean':
      return `the ${typeof value} ${value}`
    case 'undefined':
      return 'nothing'
    default:
      return `a ${typeof value}`
  }
}
