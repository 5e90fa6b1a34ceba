import type { Engine, WriteOptions } from '../engine/engine.ts'
import { NotFoundError } from '../errors.ts'
import type { ReadRequest } from '../query/search-request.ts'
import { deleteAnswer, documentAnswer, documentsAnswer, pageAnswer, putAnswer, writeAnswer } from './answers.ts'
import { deleteRequest, document, getRequest, pageRequest, readRequest, writeRequest } from './contract.ts'
import { isNdjson, parseJsonBody, parseNdjsonBody } from './parse-body.ts'
import { parametersOf } from './read-query.ts'
import type { QueryParameter, Route, RouteRequest } from './route.ts'
import { withSession } from './session-header.ts'
import { readShape } from './shape.ts'
import { writeUploaded } from './upload-routes.ts'
import { writeLines } from './write-lines.ts'

const PATH = '/collections/:collection/documents'
const IDEMPOTENCY = { 'Idempotency-Key': 'Makes asking again safe: the ids that the server makes follow from it' }
const BOOK = { id: 'moby-dick', title: 'Moby-Dick', year: 1851 }

const READ_PARAMETERS: Readonly<Record<string, QueryParameter>> = {
  consistency: { type: 'string', description: 'eventual, bounded, read_your_writes or strong' },
  max_staleness_ms: { type: 'number', description: 'For bounded: how old the snapshot may be' },
  at_version: { type: 'string', description: 'Reads these versions, one a shard, separated by commas' },
  at_time: { type: 'string', description: 'Reads what stood at this moment, such as 2026-03-01T12:00:00Z' },
  snapshot: { type: 'string', description: 'Reads the snapshot of this name' },
}

const PAGE_PARAMETERS: Readonly<Record<string, QueryParameter>> = {
  cursor: { type: 'string', description: 'Where the page before this one ended, as it said' },
  limit: { type: 'integer', description: 'Documents on the page' },
  ...READ_PARAMETERS,
}

/** Documents: written, read, listed, deleted. */
export function documentRoutes(engine: Engine): Route[] {
  return [...writingRoutes(engine), ...readingRoutes(engine), ...deletingRoutes(engine)]
}

function writingRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      path: PATH,
      tag: 'documents',
      summary: 'Write documents; those with a known id are replaced',
      headers: IDEMPOTENCY,
      body: { name: 'Write', shape: writeRequest, required: true, ndjson: true, example: { documents: [BOOK] } },
      answer: {
        status: 200,
        description: 'How many are in, and what was wrong with the others',
        name: 'Written',
        shape: writeAnswer,
      },
      handle: async (request) => {
        const answer = await writeBatch(engine, request)
        return { json: answer, session: answer.session }
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/:id`,
      tag: 'documents',
      summary: 'Write one document',
      headers: IDEMPOTENCY,
      body: { name: 'Document', shape: document, required: true, example: BOOK },
      answer: { status: 200, description: 'It is in', name: 'Put', shape: putAnswer },
      handle: async (request) => {
        const body = readShape(document, await parseJsonBody(request), 'the document')
        const { collection, id } = request.params
        const answer = await engine.putDocument(collection!, id!, body, writeOptions(request))
        return { json: answer, session: answer.session }
      },
    },
  ]
}

async function writeBatch(engine: Engine, request: RouteRequest) {
  const collection = request.params.collection!
  if (isNdjson(request)) return writeLines(engine, collection, await parseNdjsonBody(request), writeOptions(request))
  const body = readShape(writeRequest, await parseJsonBody(request), 'the batch')
  if ('upload' in body) return writeUploaded(engine, collection, { ...body, ...writeOptions(request) })
  const documents = Array.isArray(body) ? body : body.documents
  return engine.writeDocuments(collection, documents, writeOptions(request))
}

function readingRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'GET',
      path: `${PATH}/:id`,
      tag: 'documents',
      summary: 'Get a document',
      query: READ_PARAMETERS,
      answer: { status: 200, description: 'The document', name: 'Document', shape: documentAnswer },
      handle: async (request) => {
        const { collection, id } = request.params
        const [found] = await engine.getDocuments(collection!, [id!], readOf(request))
        if (found !== undefined) return { json: found }
        throw new NotFoundError('document_not_found', `no document ${JSON.stringify(id)} in "${collection}"`, {
          details: { id },
        })
      },
    },
    {
      method: 'POST',
      path: `${PATH}/get`,
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
        const { ids, ...read } = readShape(getRequest, await parseJsonBody(request), 'the request')
        const found = await engine.getDocuments(request.params.collection!, ids, withSession(request, read))
        return { json: { documents: found.map((one) => one ?? null) } }
      },
    },
    {
      method: 'GET',
      path: PATH,
      tag: 'documents',
      summary: 'List documents in id order, a page at a time',
      query: PAGE_PARAMETERS,
      answer: { status: 200, description: 'A page', name: 'Page', shape: pageAnswer },
      handle: async (request) => {
        const page = readShape(pageRequest, readParametersOf(request, PAGE_PARAMETERS), 'the page')
        return { json: await engine.listDocuments(request.params.collection!, withSession(request, page)) }
      },
    },
  ]
}

function deletingRoutes(engine: Engine): Route[] {
  const answer = { status: 200, description: 'How many there were', name: 'Deleted', shape: deleteAnswer } as const
  return [
    {
      method: 'DELETE',
      path: `${PATH}/:id`,
      tag: 'documents',
      summary: 'Delete a document',
      answer,
      handle: async (request) => {
        const deleted = await engine.deleteDocuments(request.params.collection!, { ids: [request.params.id!] })
        return { json: deleted, session: deleted.session }
      },
    },
    {
      method: 'POST',
      path: `${PATH}/delete`,
      tag: 'documents',
      summary: 'Delete documents by id or by filter',
      body: { name: 'Delete', shape: deleteRequest, required: true, example: { ids: [BOOK.id] } },
      answer,
      handle: async (request) => {
        const body = readShape(deleteRequest, await parseJsonBody(request), 'the request')
        const deleted = await engine.deleteDocuments(request.params.collection!, body)
        return { json: deleted, session: deleted.session }
      },
    },
  ]
}

function writeOptions(request: RouteRequest): WriteOptions {
  const key = request.headers.get('Idempotency-Key')
  return key === null || key === '' ? {} : { idempotencyKey: key }
}

function readOf(request: RouteRequest): ReadRequest {
  return withSession(request, readShape(readRequest, readParametersOf(request, READ_PARAMETERS), 'the request'))
}

/** A list of versions has no other form in an address. */
function readParametersOf(request: RouteRequest, known: typeof READ_PARAMETERS): Record<string, unknown> {
  const { at_version: versions, ...rest } = parametersOf(request, known)
  if (versions === undefined) return rest
  return {
    ...rest,
    at_version: String(versions)
      .split(',')
      .map((text) => (/^\d+$/.test(text) ? Number(text) : text)),
  }
}
