import type { Field, Schema } from './schema.ts'

/** A dotted path of a schema: a field, an object that has fields in it, or both (an object declared without any). */
export type FieldNode = {
  readonly path: string
  field: Field | undefined
  /** Whether a declared field is here or below, so that a value that does not fit is an error. */
  declared: boolean
  readonly children: Map<string, FieldNode>
  /** The flattening that last met this node, where it keeps the values, and whether it has warned: scratch space that saves a map. */
  run: number
  slot: number
  warned: boolean
}

const trees = new WeakMap<Schema, FieldNode>()

/** A schema's fields by the parts of their names, made once for each version. */
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
    node.declared ||= !field.dynamic
  }
  trees.set(schema, root)
  return root
}

/**
 * The node that a member of an object leads to. A member may itself be a dotted
 * path: `{"a.b": 1}` equals `{"a": {"b": 1}}`.
 *
 * @returns undefined where the schema has nothing; otherwise the node and what is left
 *   of the path below it, which is not empty only if the node is a field with no fields in it
 */
export function findMember(node: FieldNode, member: string): { node: FieldNode; rest: string } | undefined {
  let start = 0
  let found = node
  while (true) {
    const dot = member.indexOf('.', start)
    const next = found.children.get(dot === -1 ? member.slice(start) : member.slice(start, dot))
    if (next === undefined) return undefined
    if (dot === -1) return { node: next, rest: '' }
    found = next
    start = dot + 1
    if (isLeaf(next)) return { node: next, rest: member.slice(start) }
  }
}

/** Whether a node is a field in which no others can be. */
export function isLeaf(node: FieldNode): boolean {
  return node.field !== undefined && node.field.type !== 'object'
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
  return { path, field: undefined, declared: false, children: new Map(), run: 0, slot: -1, warned: false }
}
