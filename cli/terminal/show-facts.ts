import type { JsonObject } from '../../core/contract/search-request.ts'

/** Formats JSON for people: plain values one per line, then lists of objects as tables and other objects indented. */
export function showFacts(facts: JsonObject, indent = ''): string {
  const plain = Object.entries(facts).filter(([, value]) => isPlain(value))
  const nested = Object.entries(facts).filter(([, value]) => !isPlain(value))
  const width = Math.max(0, ...plain.map(([name]) => name.length))
  const lines = plain.map(([name, value]) => `${indent}${name.padEnd(width)}  ${showPlain(value)}\n`)
  return [...lines, ...nested.map(([name, value]) => showNested(name, value, indent))].join('')
}

function showNested(name: string, value: unknown, indent: string): string {
  if (Array.isArray(value)) return `${indent}${name}\n${showTable(value as JsonObject[], `${indent}  `)}`
  return `${indent}${name}\n${showFacts(value as JsonObject, `${indent}  `)}`
}

/** Whether a value fits on a line: all values except objects and lists of objects. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || typeof value[0] !== 'object'
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}

function showPlain(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(' ')
  if (value === null || value === undefined) return '-'
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value)
  return typeof value === 'object' ? '{}' : String(value)
}

function showTable(rows: readonly JsonObject[], indent: string): string {
  // A table inside a table is unreadable, so nested values are shown with their owner.
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columns = names.filter((name) => rows.every((row) => isPlain(row[name])))
  const cells = rows.map((row) => columns.map((name) => showPlain(row[name])))
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)))
  const isNumeric = columns.map((name) => rows.every((row) => typeof row[name] === 'number'))
  const line = (row: readonly string[]): string =>
    `${indent}${row.map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`.trimEnd()
  return [columns, ...cells].map((row) => `${line(row)}\n`).join('')
}
