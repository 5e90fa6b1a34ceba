import { collectionAnswer } from '../contract/answer-shapes.ts'
import { branchRequest, restoreRequest } from '../contract/collection-shapes.ts'
import type { BranchRequest, PastRequest } from '../contract/collections.ts'
import type { Engine } from '../engine/engine.ts'
import { parseJsonBody } from './parse-body.ts'
import type { Route } from './route.ts'

const PATH = '/collections/:collection'

/** Routes that branch a collection, and that restore one to an earlier content. */
export function branchRoutes(engine: Engine): Route[] {
  const collection = { name: 'Collection', shape: collectionAnswer }
  return [
    {
      method: 'POST',
      path: `${PATH}/branches`,
      operation: 'branchCollection',
      tag: 'collections',
      summary: 'Make a collection that begins with what this one holds, or held',
      body: { name: 'CreateBranch', shape: branchRequest, required: true, example: { name: 'books-next' } },
      answer: { status: 201, description: 'The new collection', ...collection },
      handle: async (request) => {
        const body = (await parseJsonBody(request)) as BranchRequest
        return { status: 201, json: await engine.branchCollection(request.params.collection!, body) }
      },
    },
    {
      method: 'POST',
      path: `${PATH}/restore`,
      operation: 'restoreCollection',
      tag: 'collections',
      summary: 'Put a collection back to what it held',
      body: { name: 'Restore', shape: restoreRequest, required: true, example: { snapshot: 'before-import' } },
      answer: { status: 200, description: 'The collection as it is now', ...collection },
      handle: async (request) => {
        const body = (await parseJsonBody(request)) as PastRequest
        return { json: await engine.restoreCollection(request.params.collection!, body) }
      },
    },
  ]
}
