import {
  analyzeRequest,
  branchRequest,
  collectionPageRequest,
  createRequest,
  listRequest,
  restoreRequest,
  updateRequest,
} from '../contract/collection-shapes.ts'
import { readShape } from '../contract/read-shape.ts'
import { readSearchRequest } from '../contract/search-shape.ts'
import { filterRequest, getRequest, idsRequest, updateByFilterRequest } from '../contract/write-shapes.ts'
import type { Engine } from './engine.ts'

/**
 * Wraps an engine: checks each request against the shapes of the contract before the engine does anything. Callers only
 * get engines with these checks, locally or through a server, so both accept the same requests.
 *
 * @throws {InvalidRequestError} naming the member, what was expected and what was found; LimitExceededError over a
 * limit
 */
export function checkRequests(engine: Engine): Engine {
  return {
    ...engine,
    createCollection: async (name, request) =>
      engine.createCollection(name, readShape(createRequest, request, 'the collection')),
    updateCollection: async (name, request) =>
      engine.updateCollection(name, readShape(updateRequest, request, 'the change')),
    analyze: async (name, request) => engine.analyze(name, readShape(analyzeRequest, request, 'the request')),
    deleteDocuments: async (name, request) =>
      engine.deleteDocuments(name, readShape(idsRequest, request, 'the request')),
    deleteByFilter: async (name, request, call) =>
      engine.deleteByFilter(name, readShape(filterRequest, request, 'the request'), call),
    updateByFilter: async (name, request, call) =>
      engine.updateByFilter(name, readShape(updateByFilterRequest, request, 'the request'), call),
    getDocuments: async (name, wanted, read, call) => {
      const { ids, ...checked } = readShape(getRequest, { ...read, ids: wanted }, 'the request')
      return engine.getDocuments(name, ids, checked, call)
    },
    getVersioned: async (name, wanted, read, call) => {
      const { ids, ...checked } = readShape(getRequest, { ...read, ids: wanted }, 'the request')
      return engine.getVersioned(name, ids, checked, call)
    },
    listCollections: async (page, call) =>
      engine.listCollections(readShape(collectionPageRequest, page ?? {}, 'the page'), call),
    listDocuments: async (name, page, call) =>
      engine.listDocuments(name, readShape(listRequest, page, 'the page'), call),
    search: async (name, request, call) => engine.search(name, readSearchRequest(request), call),
    count: async (name, request, call) => engine.count(name, readSearchRequest(request), call),
    branchCollection: async (name, request) =>
      engine.branchCollection(name, readShape(branchRequest, request, 'the branch')),
    restoreCollection: async (name, request) =>
      engine.restoreCollection(name, readShape(restoreRequest, request, 'what to restore')),
  }
}
