import type { Field, FieldValue } from '../fields/field.ts'
import type { FieldKind } from '../fields/field-kind.ts'
import { kindOf } from '../fields/kinds.ts'
import { object } from '../fields/object.ts'
import type { Schema } from './schema.ts'

/** The values of one field in the document that is being flattened, and their elements as in {@link FieldValues}. */
export type FlatValues = { readonly field: Field; readonly values: FieldValue[]; elements: number[] | undefined }

/** A dotted path of a schema: a field, an object with fields in it, or both (an object declared without fields). */
export type FieldNode = {
  readonly path: string
  field: Field | undefined
  /** The kind of the field; the kind of objects if there is no field. */
  kind: FieldKind
  /** Copied from the kind: the runtime sees all nodes as one shape, but not all kinds. */
  convert: FieldKind['convert']
  objects: FieldKind['objects']
  /** Whether this node or one below is a declared field. A value that does not fit is then an error. */
  declared: boolean
  readonly children: Map<string, FieldNode>
  /** Scratch space of a flattening, instead of a map. The flattening that last visited this node. */
  run: number
  /** The values that this flattening has found. */
  values: FlatValues | undefined
  /** Whether this flattening has warned about this node. */
  warned: boolean
  /** This node as the result of {@link findMember}. */
  readonly found: FoundMember
}

export type FoundMember = { readonly node: FieldNode; readonly rest: string }

const trees = new WeakMap<Schema, FieldNode>()

/** The fields of a schema by the parts of their names. Built once for each version. */
export function fieldTree(schema: Schema): FieldNode {
  const known = trees.get(schema)
  if (known !== undefined) return known
  const root = newNode('')
  for (const field of schema.fields) {
    let node = root
    for (const part of field.name.split('.')) {
      node.declared ||= !field.dynamic
      node = child(node, part)
    }
    node.field = field
    setKind(node, kindOf(field))
    node.declared ||= !field.dynamic
  }
  trees.set(schema, root)
  return root
}

/**
 * Finds the node for a member of an object. A member may itself be a dotted path: `{"a.b": 1}` equals `{"a": {"b":
 * 1}}`.
 *
 * @returns undefined if the schema has no such path; otherwise the node and the rest of the path below it. The rest is
 *   empty unless the node is a field that cannot contain fields
 */
export function findMember(node: FieldNode, member: string): FoundMember | undefined {
  const direct = node.children.get(member)
  if (direct !== undefined) return direct.found
  let found = node
  for (let start = 0, dot = member.indexOf('.'); dot !== -1; dot = member.indexOf('.', start)) {
    const next = found.children.get(member.slice(start, dot))
    if (next === undefined) return undefined
    start = dot + 1
    if (isLeaf(next)) return { node: next, rest: member.slice(start) }
    const last = next.children.get(member.slice(start))
    if (last !== undefined) return last.found
    found = next
  }
  return undefined
}

/** Whether a node is a field that cannot contain fields. */
function isLeaf(node: FieldNode): boolean {
  return node.objects !== 'fields'
}

function child(node: FieldNode, part: string): FieldNode {
  let next = node.children.get(part)
  if (next === undefined) {
    next = newNode(node.path === '' ? part : `${node.path}.${part}`)
    node.children.set(part, next)
  }
  return next
}

function newNode(path: string): FieldNode {
  const found = { node: undefined as unknown as FieldNode, rest: '' }
  const { convert, objects } = object
  const scratch = { run: 0, values: undefined, warned: false, found }
  found.node = {
    path,
    field: undefined,
    kind: object,
    convert,
    objects,
    declared: false,
    children: new Map(),
    ...scratch,
  }
  return found.node
}

function setKind(node: FieldNode, kind: FieldKind): void {
  node.kind = kind
  node.convert = kind.convert
  node.objects = kind.objects
}
