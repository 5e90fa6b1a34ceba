import { describeFound } from '../describe-found.ts'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import type { Field, FieldValue, FieldValues } from '../fields/field.ts'
import { inferType, kindOf } from '../fields/kinds.ts'
import type { JsonRecord } from '../json-record.ts'
import { quote } from '../quote.ts'
import { completeField } from './declare-field.ts'
import { isFieldName } from './declare-schema.ts'
import { type FieldNode, type FlatValues, fieldTree, findMember } from './field-tree.ts'
import { FIELDS_MAX, type Schema } from './schema.ts'

/** A field that a document has and its schema lacks; `position` is the position of the document in its batch. */
export type NewField = { readonly name: string; readonly type: string; readonly position: number }

/** Why a part of a document is stored but not indexed. */
export type FieldWarning = { readonly code: string; readonly message: string }

export type FlatDocument = {
  readonly id: string | undefined
  /** The values to index, in document order; fields without indexable values are omitted. */
  readonly fields: readonly FieldValues[]
  /** If not empty, the caller adds these fields to the schema and flattens the document again before writing it. */
  readonly newFields: readonly NewField[]
  readonly warnings: readonly FieldWarning[]
}

type Flattening = {
  readonly run: number
  readonly schema: Schema
  readonly position: number
  readonly fields: FlatValues[]
  readonly newFields: Map<string, NewField>
  readonly warnings: FieldWarning[]
  /** The index of the current element of the outermost array of objects; 0 outside an array of objects. */
  element: number
  isInElement: boolean
}

let runs = 0

/**
 * Flattens a document into the values of its fields. Arrays and arrays of objects become several values; null and `[]`
 * become none. The document must have passed `checkDocument`.
 *
 * A value that does not fit a dynamic field is omitted, with one warning per field.
 *
 * @param position the document's position in its batch, for messages
 * @throws {InvalidRequestError} `invalid_document` if a value does not fit a declared field; `unknown_field` for a new
 *   field if the schema is strict
 * @throws {LimitExceededError} `too_many_fields`
 */
export function flattenDocument(schema: Schema, document: object, position: number): FlatDocument {
  const run: Flattening = {
    run: ++runs,
    schema,
    position,
    fields: [],
    newFields: new Map(),
    warnings: [],
    element: 0,
    isInElement: false,
  }
  const root = fieldTree(schema)
  const { id } = document as { id?: unknown }
  for (const member of Object.keys(document)) {
    if (member === 'id' && !root.children.has('id')) continue
    addMember(run, root, member, (document as Record<string, unknown>)[member])
  }
  return {
    id: typeof id === 'string' ? id : undefined,
    fields: run.fields,
    newFields: run.newFields.size === 0 ? [] : [...run.newFields.values()],
    warnings: run.warnings,
  }
}

/**
 * Adds the new fields of the documents in a batch to a schema. If documents disagree on a field, the first document in
 * the batch decides, so the order of `newFields` does not matter. If the fields of a document do not all fit, none of
 * them are added.
 *
 * @returns the next version of the schema, or the same schema if nothing is new
 */
export function addFields(schema: Schema, newFields: readonly NewField[]): Schema {
  const fields = [...schema.fields]
  const types = new Map(fields.map(({ name, type }) => [name, type]))
  const objects = new Set(fields.flatMap(({ name }) => parentsOf(name)))
  const ordered = [...newFields].sort((a, b) => a.position - b.position)
  for (let start = 0, end = 0; start < ordered.length; start = end) {
    while (end < ordered.length && ordered[end]!.position === ordered[start]!.position) end++
    const wanted = ordered.slice(start, end).filter(({ name }) => !types.has(name))
    if (fields.length + wanted.length > FIELDS_MAX) continue
    for (const { name, type } of wanted) {
      const parents = parentsOf(name)
      if (objects.has(name) || parents.some((parent) => isFieldWithoutFields(types.get(parent)))) continue
      types.set(name, type)
      for (const parent of parents) objects.add(parent)
      fields.push({ number: fields.length, ...completeField({ name, type, dynamic: true, column: true }) })
    }
  }
  return fields.length === schema.fields.length ? schema : { ...schema, version: schema.version + 1, fields }
}

function addMember(run: Flattening, parent: FieldNode, member: string, value: unknown): void {
  if (value === null || value === undefined) return
  const found = findMember(parent, member)
  if (found === undefined) addUnknown(run, parent.path === '' ? member : `${parent.path}.${member}`, value)
  else if (found.rest === '') addKnown(run, found.node, value)
  else if (!isEmpty(value)) addKnown(run, found.node, { [found.rest]: value })
}

function addKnown(run: Flattening, node: FieldNode, value: unknown): void {
  if (value === null || value === undefined || node.convert === undefined) return
  if (typeof value !== 'object' || (node.objects === 'values' && !Array.isArray(value))) addOne(run, node, value)
  else if (Array.isArray(value)) addElements(run, node, value)
  else if (node.objects !== 'fields') addMisfit(run, node, value)
  else for (const member of Object.keys(value)) addMember(run, node, member, (value as JsonRecord)[member])
}

/** Adds the elements of an array. Numbers the elements of an array of objects, unless it is inside another one. */
function addElements(run: Flattening, node: FieldNode, elements: readonly unknown[]): void {
  if (node.objects !== 'fields' || run.isInElement) {
    for (const element of elements) addKnown(run, node, element)
    return
  }
  run.isInElement = true
  for (const [number, element] of elements.entries()) {
    run.element = number
    addKnown(run, node, element)
  }
  run.isInElement = false
  run.element = 0
}

function addOne(run: Flattening, node: FieldNode, value: unknown): void {
  const { field } = node
  const converted = field && node.convert!(field, value)
  if (converted === undefined) addMisfit(run, node, value)
  else if (field!.index) addValue(run, node, field!, converted)
}

function addValue(run: Flattening, node: FieldNode, field: Field, value: FieldValue): void {
  let own = visit(run, node).values
  if (own === undefined) {
    own = { field, values: [value], elements: undefined }
    node.values = own
    run.fields.push(own)
  } else {
    own.values.push(value)
  }
  if (run.element > 0 || own.elements !== undefined) addElement(own, run.element)
}

/** Records the element of the value that was added last. Values outside an array of objects belong to element 0. */
function addElement(to: FlatValues, element: number): void {
  to.elements ??= to.values.slice(1).map(() => 0)
  to.elements.push(element)
}

function addMisfit(run: Flattening, node: FieldNode, value: unknown): void {
  const { expected } = node.kind
  const what = `field ${quote(node.path)}: expected ${expected}, found ${describeFound(value)}`
  if (node.declared) {
    throw new InvalidRequestError('invalid_document', what, { details: { field: node.path, expected } })
  }
  if (visit(run, node).warned) return
  node.warned = true
  warn(run, 'value_not_indexed', what)
}

function addUnknown(run: Flattening, path: string, value: unknown): void {
  if (run.schema.dynamic === false || value === null || value === undefined) return
  if (Array.isArray(value)) {
    for (const element of value) addUnknown(run, path, element)
  } else if (typeof value === 'object') {
    for (const [member, inner] of Object.entries(value)) addUnknown(run, `${path}.${member}`, inner)
  } else if (run.schema.dynamic === 'strict') {
    const message = `field ${quote(path)} is not in the schema, which is strict`
    throw new InvalidRequestError('unknown_field', message, { details: { field: path.slice(0, 300) } })
  } else if (!run.newFields.has(path)) {
    addNewField(run, path, value)
  }
}

function addNewField(run: Flattening, path: string, value: unknown): void {
  if (!isFieldName(path)) {
    const shown = quote(path)
    const warned = run.warnings.some(({ message }) => message.includes(`field ${shown}:`))
    if (!warned) warn(run, 'field_not_indexed', `field ${shown}: a field cannot have this name`)
    return
  }
  if (run.schema.fields.length + run.newFields.size >= FIELDS_MAX) {
    throw new LimitExceededError(
      'too_many_fields',
      `field ${quote(path)} does not fit: a collection may have at most ${FIELDS_MAX} fields`,
      { details: { field: path, limit: FIELDS_MAX } },
    )
  }
  run.newFields.set(path, { name: path, type: inferType(value), position: run.position })
}

/** Clears the node's scratch space if this flattening has not visited the node before. */
function visit(run: Flattening, node: FieldNode): FieldNode {
  if (node.run !== run.run) {
    node.run = run.run
    node.values = undefined
    node.warned = false
  }
  return node
}

function warn(run: Flattening, code: string, what: string): void {
  run.warnings.push({ code, message: `document at position ${run.position}, ${what}; kept but not indexed` })
}

/** Whether a value is null, or an array of empty values only. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.every(isEmpty))
}

function isFieldWithoutFields(type: string | undefined): boolean {
  return type !== undefined && kindOf({ type }).objects !== 'fields'
}

function parentsOf(name: string): string[] {
  const parents: string[] = []
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) parents.push(name.slice(0, dot))
  return parents
}
