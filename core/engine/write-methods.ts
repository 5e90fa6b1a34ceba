import { InvalidRequestError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import type { GivenOperation } from '../writing/conditional-operation.ts'
import { deleteByFilter, updateByFilter } from './by-filter.ts'
import type { Engine, WriteOperation } from './engine.ts'
import type { EngineContext } from './engine-context.ts'
import {
  onlyResult,
  operationsToWriteAnswer,
  readConditions,
  toOperationsAnswer,
  toPutAnswer,
  toWriteAnswer,
  withId,
} from './write-answers.ts'

type WriteMethods = Pick<
  Engine,
  | 'writeDocuments'
  | 'writeOperations'
  | 'putDocument'
  | 'patchDocument'
  | 'deleteDocument'
  | 'deleteDocuments'
  | 'deleteByFilter'
  | 'updateByFilter'
>

/**
 * The methods that write. Writes without conditions and patches take a faster path that does not read stored documents.
 */
export function writeMethods(
  context: EngineContext,
  { getOrCreate }: { readonly getOrCreate: (name: string) => Promise<Collection> },
): WriteMethods {
  const { shards } = context
  return {
    writeDocuments: async (name, documents, { atomic = false, ...options } = {}) => {
      const collection = await getOrCreate(name)
      if (!atomic) return toWriteAnswer(await shards.writeDocuments(collection, documents, options))
      const puts = documents.map((document) => ({ put: document }))
      return operationsToWriteAnswer(await shards.writeOperations(collection, puts, { ...options, atomic }))
    },
    writeOperations: async (name, operations, options) => {
      const given = operations.map(readOperation)
      const collection = await (given.some((operation) => 'put' in operation) ? getOrCreate : shards.getCollection)(
        name,
      )
      return toOperationsAnswer(await shards.writeOperations(collection, given, options))
    },
    putDocument: async (name, id, document, { idempotencyKey, ...conditions } = {}) => {
      const put = withId(document, id)
      const condition = readConditions(conditions)
      const options = { versions: true, ...(idempotencyKey !== undefined && { idempotencyKey }) }
      if (!condition) return toPutAnswer(await shards.writeDocuments(await getOrCreate(name), [put], options))
      const written = await shards.writeOperations(await getOrCreate(name), [{ put, condition }], options)
      const { status, version } = onlyResult(written)
      const { warnings, session } = written
      return { id: String(id), created: status === 'created', version: version!, warnings, session }
    },
    patchDocument: async (name, id, patch, conditions = {}) => {
      const operation = { patch, id, condition: readConditions(conditions) }
      const written = await shards.writeOperations(await shards.getCollection(name), [operation])
      const { status, version } = onlyResult(written)
      const { warnings, session } = written
      return { id: String(id), changed: status === 'patched', version: version!, warnings, session }
    },
    deleteDocument: async (name, id, conditions = {}) => {
      const condition = readConditions(conditions)
      const collection = await shards.getCollection(name)
      if (!condition) return shards.deleteDocuments(collection, [String(id)])
      const written = await shards.writeOperations(collection, [{ delete: id, condition }])
      return { deleted: onlyResult(written).status === 'deleted' ? 1 : 0, session: written.session }
    },
    deleteDocuments: async (name, { ids }) => shards.deleteDocuments(await shards.getCollection(name), ids.map(String)),
    deleteByFilter: (name, request, call) => deleteByFilter(context, name, { ...request, ...call }),
    updateByFilter: (name, request, call) => updateByFilter(context, name, { ...request, ...call }),
  }
}

/** @throws {InvalidRequestError} unless the operation has exactly one of put, patch and delete */
function readOperation(operation: WriteOperation): GivenOperation {
  const condition = readConditions(operation)
  const kinds = ['put', 'patch', 'delete'].filter((kind) => Object.hasOwn(operation, kind))
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'none of them' : kinds.join(' and ')
    throw new InvalidRequestError('invalid_operation', `an operation is a put, a patch or a delete; found ${found}`)
  }
  if ('put' in operation) return { put: operation.put, condition }
  if ('patch' in operation) return { patch: operation.patch, id: operation.id, condition }
  return { delete: operation.delete, condition }
}
