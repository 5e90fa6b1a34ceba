import type { CollectionInfo, FieldDeclaration } from '../../core/engine/engine.ts'

/** Types of a collection's fields by dotted name. Tables need them, because all their cells are text. */
export function fieldTypes(collection: CollectionInfo | undefined): Map<string, string> {
  const types = new Map<string, string>()
  addTypes(collection?.schema.fields ?? {}, '', types)
  return types
}

function addTypes(
  fields: Readonly<Record<string, FieldDeclaration>>,
  prefix: string,
  types: Map<string, string>,
): void {
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string') types.set(prefix + name, field)
    else if (field.fields !== undefined) addTypes(field.fields, `${prefix}${name}.`, types)
    else types.set(prefix + name, field.type)
  }
}
