import {
  analyzeRequest,
  branchRequest,
  collectionPageRequest,
  createRequest,
  givenName,
  listRequest,
  restoreRequest,
  updateRequest,
} from '../contract/collection-shapes.ts'
import { readShape } from '../contract/read-shape.ts'
import type { ReadRequest } from '../contract/search-request.ts'
import { readSearchRequest } from '../contract/search-shape.ts'
import type { Shape } from '../contract/shape.ts'
import {
  batchOptions,
  document,
  documentsRequest,
  filterRequest,
  getRequest,
  id,
  idsRequest,
  operationsRequest,
  putOptions,
  updateByFilterRequest,
  uploadRequest,
  writeConditions,
} from '../contract/write-shapes.ts'
import { isRecord } from '../json-record.ts'
import {
  callOptions,
  collectGarbageRequest,
  collectReport,
  compactReport,
  inspectPath,
  rebuildTableRequest,
  scrubRequest,
} from './call-shapes.ts'
import type { DocumentId, Engine } from './engine.ts'

/**
 * Wraps an engine: checks every argument against the shapes of the contract before the engine does anything. Callers only
 * get engines with these checks, locally or through a server, so both accept the same requests. Every method is named
 * here, so a new method does not compile until its arguments are checked.
 *
 * @throws {InvalidRequestError} naming the member, what was expected and what was found; LimitExceededError over a
 * limit
 */
export function checkRequests(engine: Engine): Engine {
  const { health, lead, compactWanted, settle, close } = engine
  return {
    health,
    ...checkCollections(engine),
    ...checkWrites(engine),
    ...checkReads(engine),
    ...checkPast(engine),
    ...checkUpkeep(engine),
    lead,
    compactWanted,
    settle,
    close,
  }
}

function checkCollections(engine: Engine) {
  return {
    createCollection: async (name, request) =>
      engine.createCollection(nameOf(name), readShape(createRequest, request, 'the collection')),
    listCollections: async (page, call) =>
      engine.listCollections(readShape(collectionPageRequest, page ?? {}, 'the page'), callOf(call)),
    getCollection: async (name) => engine.getCollection(nameOf(name)),
    updateCollection: async (name, request) =>
      engine.updateCollection(nameOf(name), readShape(updateRequest, request, 'the change')),
    deleteCollection: async (name) => engine.deleteCollection(nameOf(name)),
    analyze: async (name, request) => engine.analyze(nameOf(name), readShape(analyzeRequest, request, 'the request')),
    compact: async (name, report) => engine.compact(nameOf(name), optional(compactReport, report, 'report')),
    inspect: async (path) => engine.inspect(readShape(inspectPath, path, 'the path')),
  } satisfies Partial<Engine>
}

function checkWrites(engine: Engine) {
  return {
    writeDocuments: async (name, given, options) => {
      const { documents } = readShape(documentsRequest, { documents: given }, 'the batch')
      return engine.writeDocuments(nameOf(name), documents, optional(batchOptions, options, 'the options'))
    },
    writeOperations: async (name, given, options) => {
      const { operations } = readShape(operationsRequest, { operations: given }, 'the batch')
      return engine.writeOperations(nameOf(name), operations, optional(batchOptions, options, 'the options'))
    },
    createUpload: async (name, request) =>
      engine.createUpload(nameOf(name), { format: 'ndjson', ...readShape(uploadRequest, request, 'the upload') }),
    readUpload: async (name, upload, bytesMax) =>
      engine.readUpload(nameOf(name), readShape(givenName, upload, 'the name of the upload'), bytesMax),
    putDocument: async (name, given, content, options) =>
      engine.putDocument(
        nameOf(name),
        idOf(given),
        readShape(document, content, 'the document'),
        optional(putOptions, options, 'the options'),
      ),
    patchDocument: async (name, given, patch, conditions) =>
      engine.patchDocument(
        nameOf(name),
        idOf(given),
        readShape(document, patch, 'the patch'),
        optional(writeConditions, conditions, 'the conditions'),
      ),
    deleteDocument: async (name, given, conditions) =>
      engine.deleteDocument(nameOf(name), idOf(given), optional(writeConditions, conditions, 'the conditions')),
    deleteDocuments: async (name, request) =>
      engine.deleteDocuments(nameOf(name), readShape(idsRequest, request, 'the request')),
    deleteByFilter: async (name, request, call) =>
      engine.deleteByFilter(nameOf(name), readShape(filterRequest, request, 'the request'), callOf(call)),
    updateByFilter: async (name, request, call) =>
      engine.updateByFilter(nameOf(name), readShape(updateByFilterRequest, request, 'the request'), callOf(call)),
  } satisfies Partial<Engine>
}

function checkReads(engine: Engine) {
  const readIds = (wanted: readonly DocumentId[], read: ReadRequest | undefined) =>
    readShape(getRequest, read === undefined || isRecord(read) ? { ...read, ids: wanted } : read, 'the request')
  return {
    getDocuments: async (name, wanted, read, call) => {
      const { ids, ...checked } = readIds(wanted, read)
      return engine.getDocuments(nameOf(name), ids, checked, callOf(call))
    },
    getVersioned: async (name, wanted, read, call) => {
      const { ids, ...checked } = readIds(wanted, read)
      return engine.getVersioned(nameOf(name), ids, checked, callOf(call))
    },
    listDocuments: async (name, page, call) =>
      engine.listDocuments(nameOf(name), readShape(listRequest, page, 'the page'), callOf(call)),
    search: async (name, request, call) => engine.search(nameOf(name), readSearchRequest(request), callOf(call)),
    count: async (name, request, call) => engine.count(nameOf(name), readSearchRequest(request), callOf(call)),
  } satisfies Partial<Engine>
}

function checkPast(engine: Engine) {
  return {
    createSnapshot: async (name, snapshot) => engine.createSnapshot(nameOf(name), snapshotOf(snapshot)),
    listSnapshots: async (name) => engine.listSnapshots(nameOf(name)),
    deleteSnapshot: async (name, snapshot) => engine.deleteSnapshot(nameOf(name), snapshotOf(snapshot)),
    branchCollection: async (name, request) =>
      engine.branchCollection(nameOf(name), readShape(branchRequest, request, 'the branch')),
    restoreCollection: async (name, request) =>
      engine.restoreCollection(nameOf(name), readShape(restoreRequest, request, 'what to restore')),
  } satisfies Partial<Engine>
}

function checkUpkeep(engine: Engine) {
  return {
    scrub: async (request) => engine.scrub(optional(scrubRequest, request, 'the request')),
    rebuildTable: async (request) => engine.rebuildTable(optional(rebuildTableRequest, request, 'the request')),
    collectGarbage: async (request, report) =>
      engine.collectGarbage(
        optional(collectGarbageRequest, request, 'the request'),
        optional(collectReport, report, 'report'),
      ),
  } satisfies Partial<Engine>
}

const nameOf = (name: string) => readShape(givenName, name, 'the name of the collection')
const snapshotOf = (name: string) => readShape(givenName, name, 'the name of the snapshot')
const idOf = (given: DocumentId) => readShape(id, given, 'the id')
const callOf = (call: object | undefined) => optional(callOptions, call, 'the options of the call')

function optional<T>(shape: Shape<T>, value: unknown, where: string): T | undefined {
  return value === undefined ? undefined : readShape(shape, value, where)
}
