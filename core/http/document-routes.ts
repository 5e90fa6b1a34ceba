import { batchAnswer, documentAnswer, documentsAnswer, pageAnswer, putAnswer } from '../contract/answer-shapes.ts'
import { listRequest, readRequest } from '../contract/collection-shapes.ts'
import type { PageRequest } from '../contract/collections.ts'
import { BATCH_SIZE, DOCUMENT_SIZE } from '../contract/limits.ts'
import { readShape } from '../contract/read-shape.ts'
import type { ReadRequest } from '../contract/search-request.ts'
import { document, getRequest, readWriteRequest, writeRequest } from '../contract/write-shapes.ts'
import type { Engine, WriteOptions } from '../engine/engine.ts'
import { NotFoundError } from '../errors.ts'
import { quote } from '../quote.ts'
import { BOOK, changingRoutes, PATH } from './changing-routes.ts'
import { isNdjson, parseJsonBody, parseNdjsonBody } from './parse-body.ts'
import { parametersOf } from './read-query.ts'
import type { Route, RouteRequest } from './route.ts'
import { withSession } from './session-header.ts'
import { writeUploaded } from './upload-routes.ts'
import { CONDITION_HEADERS, readConditionHeaders } from './version-headers.ts'
import { writeBatch } from './write-batch.ts'
import { writeLines } from './write-lines.ts'

const IDEMPOTENCY = {
  'Idempotency-Key':
    'Makes asking again safe: the ids that the server makes follow from it. Another request with the same key is 409 for at least a day',
}

/** Routes that write, read and list documents. */
export function documentRoutes(engine: Engine): Route[] {
  return [...writingRoutes(engine), ...readingRoutes(engine), ...changingRoutes(engine)]
}

function writingRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      path: PATH,
      operation: 'writeDocuments',
      tag: 'documents',
      summary: 'Write documents, or a list of operations; documents with a known id are replaced',
      headers: IDEMPOTENCY,
      body: {
        name: 'Write',
        shape: writeRequest,
        required: true,
        ndjson: true,
        size: BATCH_SIZE,
        example: { documents: [BOOK] },
      },
      answer: {
        status: 200,
        description: 'How many are in, and what was wrong with the others',
        name: 'Written',
        shape: batchAnswer,
      },
      handle: async (request) => {
        const answer = await write(engine, request)
        return { json: answer, session: answer.session }
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/:id`,
      operation: 'putDocument',
      tag: 'documents',
      summary: 'Write one document',
      headers: { ...IDEMPOTENCY, ...CONDITION_HEADERS },
      body: { name: 'Document', shape: document, required: true, size: DOCUMENT_SIZE, example: BOOK },
      answer: { status: 200, description: 'It is in', name: 'Put', shape: putAnswer },
      handle: async (request) => {
        const body = await parseJsonBody(request)
        const { collection, id } = request.params
        const options = { ...writeOptions(request), ...readConditionHeaders(request.headers) }
        const answer = await engine.putDocument(collection!, id!, body, options)
        return { json: answer, session: answer.session, version: answer.version }
      },
    },
  ]
}

async function write(engine: Engine, request: RouteRequest) {
  const collection = request.params.collection!
  if (isNdjson(request)) return writeLines(engine, collection, await parseNdjsonBody(request), writeOptions(request))
  const body = readWriteRequest(await parseJsonBody(request))
  if ('upload' in body)
    return writeUploaded(engine, collection, { ...body, ...writeOptions(request), held: request.held })
  return writeBatch(engine, collection, body, writeOptions(request))
}

function readingRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'GET',
      path: `${PATH}/:id`,
      operation: 'getDocument',
      tag: 'documents',
      summary: 'Get a document; its version is the ETag',
      query: readRequest,
      answer: { status: 200, description: 'The document', name: 'Document', shape: documentAnswer },
      handle: async (request) => {
        const { collection, id } = request.params
        const read: ReadRequest = withSession(request, parametersOf(request, readRequest))
        const [found] = await engine.getVersioned(collection!, [id!], read, { signal: request.signal })
        if (found !== undefined) return { json: found.document, version: found.version }
        throw new NotFoundError('document_not_found', `no document ${quote(id!)} in ${quote(collection!)}`, {
          details: { id },
        })
      },
    },
    {
      method: 'POST',
      path: `${PATH}/get`,
      operation: 'getDocuments',
      tag: 'documents',
      summary: 'Get several documents',
      body: { name: 'Get', shape: getRequest, required: true, example: { ids: [BOOK.id] } },
      answer: {
        status: 200,
        description: 'In the order asked for, null where there is none',
        name: 'Documents',
        shape: documentsAnswer,
      },
      handle: async (request) => {
        const { ids, versions, ...read } = readShape(getRequest, await parseJsonBody(request), 'the request')
        const found = await engine.getVersioned(request.params.collection!, ids, withSession(request, read), {
          signal: request.signal,
        })
        const documents = found.map((one) => one?.document ?? null)
        return { json: { documents, ...(versions && { versions: found.map((one) => one?.version ?? null) }) } }
      },
    },
    {
      method: 'GET',
      path: PATH,
      operation: 'listDocuments',
      tag: 'documents',
      summary: 'List documents in id order, a page at a time',
      query: listRequest,
      answer: { status: 200, description: 'A page', name: 'Page', shape: pageAnswer },
      handle: async (request) => {
        const page: PageRequest = parametersOf(request, listRequest)
        return {
          json: await engine.listDocuments(request.params.collection!, withSession(request, page), {
            signal: request.signal,
          }),
        }
      },
    },
  ]
}

function writeOptions(request: RouteRequest): WriteOptions {
  const key = request.headers.get('Idempotency-Key')
  return key === null || key === '' ? {} : { idempotencyKey: key }
}
