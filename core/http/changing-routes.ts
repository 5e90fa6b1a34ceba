import { deleteAnswer, deletedAnswer, patchAnswer, updateAnswer } from '../contract/answer-shapes.ts'
import { DOCUMENT_SIZE } from '../contract/limits.ts'
import { readShape } from '../contract/read-shape.ts'
import { deleteRequest, document, updateByFilterRequest } from '../contract/write-shapes.ts'
import type { UpdateRequest } from '../contract/writes.ts'
import type { Engine } from '../engine/engine.ts'
import { parseJsonBody } from './parse-body.ts'
import type { Route } from './route.ts'
import { CONDITION_HEADERS, readConditionHeaders } from './version-headers.ts'

/** The documents of a collection. */
export const PATH = '/collections/:collection/documents'
/** A document for examples. */
export const BOOK = { id: 'moby-dick', title: 'Moby-Dick', year: 1851 }

/** Routes that patch and delete stored documents, one by one or by filter. */
export function changingRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'PATCH',
      path: `${PATH}/:id`,
      operation: 'patchDocument',
      tag: 'documents',
      summary: 'Change members of a document by a JSON merge patch (RFC 7396)',
      headers: { 'If-Match': CONDITION_HEADERS['If-Match'] },
      body: {
        name: 'Patch',
        shape: document,
        required: true,
        size: DOCUMENT_SIZE,
        example: { year: 1851, draft: null },
      },
      answer: { status: 200, description: 'It is in', name: 'Patched', shape: patchAnswer },
      handle: async (request) => {
        const patch = await parseJsonBody(request)
        const { collection, id } = request.params
        const answer = await engine.patchDocument(collection!, id!, patch, readConditionHeaders(request.headers))
        return { json: answer, session: answer.session, version: answer.version }
      },
    },
    {
      method: 'POST',
      path: `${PATH}/update`,
      operation: 'updateDocuments',
      tag: 'documents',
      summary: 'Patch the documents that a filter accepts',
      body: {
        name: 'Update',
        shape: updateByFilterRequest,
        required: true,
        size: DOCUMENT_SIZE,
        example: { filter: { year: { lt: 1900 } }, patch: { era: 'old' } },
      },
      answer: {
        status: 200,
        description: 'How far it came; with a cursor where there is more to do',
        name: 'Updated',
        shape: updateAnswer,
      },
      handle: async (request) => {
        const body = (await parseJsonBody(request)) as UpdateRequest
        const answer = await engine.updateByFilter(request.params.collection!, body, { signal: request.signal })
        return { json: answer, session: answer.session }
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/:id`,
      operation: 'deleteDocument',
      tag: 'documents',
      summary: 'Delete a document',
      headers: { 'If-Match': CONDITION_HEADERS['If-Match'] },
      answer: { status: 200, description: 'Whether there was one', name: 'Deleted', shape: deleteAnswer },
      handle: async ({ params, headers }) => {
        const answer = await engine.deleteDocument(params.collection!, params.id!, readConditionHeaders(headers))
        return { json: answer, session: answer.session }
      },
    },
    {
      method: 'POST',
      path: `${PATH}/delete`,
      operation: 'deleteDocuments',
      tag: 'documents',
      summary: 'Delete documents by id or by filter',
      body: { name: 'Delete', shape: deleteRequest, required: true, example: { ids: [BOOK.id] } },
      answer: {
        status: 200,
        description: 'How many there were; by filter also how far it came',
        name: 'DeletedDocuments',
        shape: deletedAnswer,
      },
      handle: async (request) => {
        const body = readShape(deleteRequest, await parseJsonBody(request), 'the request')
        const { collection } = request.params
        const answer = await ('filter' in body
          ? engine.deleteByFilter(collection!, body, { signal: request.signal })
          : engine.deleteDocuments(collection!, body))
        return { json: answer, session: answer.session }
      },
    },
  ]
}
