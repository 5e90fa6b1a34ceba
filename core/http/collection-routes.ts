import { analyzeAnswer, collectionAnswer, collectionsAnswer, droppedAnswer } from '../contract/answer-shapes.ts'
import { analyzeRequest, collectionPageRequest, createRequest, updateRequest } from '../contract/collection-shapes.ts'
import type {
  AnalyzeRequest,
  CreateCollectionRequest,
  PageOfCollections,
  UpdateCollectionRequest,
} from '../contract/collections.ts'
import type { Engine } from '../engine/engine.ts'
import { parseJsonBody, parseOptionalJsonBody } from './parse-body.ts'
import { parametersOf } from './read-query.ts'
import type { Route } from './route.ts'

const PATH = '/collections/:collection'
const EXAMPLE_SCHEMA = { fields: { title: 'text', year: 'integer' }, default_fields: ['title'] }

/** Routes that create, list, show, change and delete collections. */
export function collectionRoutes(engine: Engine): Route[] {
  const collection = { name: 'Collection', shape: collectionAnswer }
  return [
    {
      method: 'PUT',
      path: PATH,
      operation: 'createCollection',
      tag: 'collections',
      summary: 'Create a collection',
      body: { name: 'CreateCollection', shape: createRequest, required: false, example: { schema: EXAMPLE_SCHEMA } },
      answer: { status: 201, description: 'The new collection', ...collection },
      handle: async (request) => {
        const body = (await parseOptionalJsonBody(request)) as CreateCollectionRequest
        return { status: 201, json: await engine.createCollection(request.params.collection!, body) }
      },
    },
    {
      method: 'GET',
      path: '/collections',
      operation: 'listCollections',
      tag: 'collections',
      summary: 'List collections',
      query: collectionPageRequest,
      answer: { status: 200, description: 'A page of them, by name', name: 'Collections', shape: collectionsAnswer },
      handle: async (request) => {
        const page: PageOfCollections = parametersOf(request, collectionPageRequest)
        return { json: await engine.listCollections(page, { signal: request.signal }) }
      },
    },
    {
      method: 'GET',
      path: PATH,
      operation: 'getCollection',
      tag: 'collections',
      summary: 'Show a collection',
      answer: { status: 200, description: 'Its schema, and how much is in it', ...collection },
      handle: async (request) => ({ json: await engine.getCollection(request.params.collection!) }),
    },
    {
      method: 'PATCH',
      path: PATH,
      operation: 'updateCollection',
      tag: 'collections',
      summary: 'Add fields or change settings',
      body: {
        name: 'UpdateCollection',
        shape: updateRequest,
        required: true,
        example: { schema: { fields: { subtitle: 'text' } } },
      },
      answer: { status: 200, description: 'The collection as it is now', ...collection },
      handle: async (request) => {
        const body = (await parseJsonBody(request)) as UpdateCollectionRequest
        return { json: await engine.updateCollection(request.params.collection!, body) }
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      operation: 'deleteCollection',
      tag: 'collections',
      summary: 'Delete a collection and all its documents',
      answer: { status: 200, description: 'It is gone', name: 'Dropped', shape: droppedAnswer },
      handle: async (request) => {
        await engine.deleteCollection(request.params.collection!)
        return { json: { deleted: true } }
      },
    },
    {
      method: 'POST',
      path: `${PATH}/analyze`,
      operation: 'analyze',
      tag: 'collections',
      summary: 'Show how a text is analysed',
      body: {
        name: 'Analyze',
        shape: analyzeRequest,
        required: true,
        example: { language: 'english', text: 'The seas rising' },
      },
      answer: { status: 200, description: 'Its words', name: 'Tokens', shape: analyzeAnswer },
      handle: async (request) => {
        const body = (await parseJsonBody(request)) as AnalyzeRequest
        return { json: { tokens: await engine.analyze(request.params.collection!, body) } }
      },
    },
  ]
}
