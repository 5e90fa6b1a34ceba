import type { JsonObject } from '../contract/search-request.ts'
import { checkRequests } from '../engine/check-requests.ts'
import type {
  CallOptions,
  DocumentId,
  DocumentPage,
  Engine,
  SnapshotInfo,
  TokenReport,
  WriteConditions,
  WriteOptions,
} from '../engine/engine.ts'
import { InvalidRequestError } from '../errors.ts'
import { isRecord } from '../json-record.ts'
import { checkVersion } from '../segment/format/document-version.ts'
import { errorOfAnswer, errorOfSilence } from './remote-errors.ts'
import { writeInOrPast } from './write-past.ts'

/** A body that is a string is JSON already. */
type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
  call?: CallOptions,
) => Promise<unknown>

/** How a request is sent. A write without an answer may have happened; a read without an answer can be repeated. */
type Manner = { readonly isWrite: boolean; readonly signal?: AbortSignal | undefined }

/**
 * An engine that sends its requests to a server over HTTP. Errors have the same classes as on the server.
 *
 * @param url of the server, with or without a final slash
 */
export function openRemoteEngine(url: string): Engine {
  const base = url.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(base)) {
    throw new InvalidRequestError('invalid_url', `expected an address such as http://127.0.0.1:3080, got "${url}"`)
  }
  const asking =
    (isWrite: boolean): Ask =>
    async (method, path, body, headers = {}, { signal } = {}) => {
      const response = await send(base + path, { method, body, headers }, { isWrite, signal })
      if (response.status < 400) return response.json
      throw errorOfAnswer(response.status, response.text, base)
    }
  return checkRequests(bindRoutes({ read: asking(false), write: asking(true) }))
}

async function send(
  url: string,
  request: { method: string; body: unknown; headers: Record<string, string> },
  { isWrite, signal }: Manner,
): Promise<{ status: number; text: string; json: unknown }> {
  const hasBody = request.body !== undefined
  const headers = hasBody ? { 'Content-Type': 'application/json', ...request.headers } : request.headers
  try {
    const { body: value } = request
    const body = hasBody ? { body: typeof value === 'string' ? value : JSON.stringify(value) } : {}
    const response = await fetch(url, { method: request.method, headers, ...body, ...(signal && { signal }) })
    const text = await response.text()
    return { status: response.status, text, json: response.ok ? JSON.parse(text) : undefined }
  } catch (cause) {
    if (!isWrite) signal?.throwIfAborted()
    throw errorOfSilence(cause, new URL(url).origin, isWrite)
  }
}

function bindRoutes(ask: { readonly read: Ask; readonly write: Ask }): Engine {
  const at = (name: string): string => `/collections/${encodeSegment(name)}`
  const oneOf = (name: string, id: DocumentId): string => `${at(name)}/documents/${encodeSegment(String(id))}`
  const answered = <T>(answer: Promise<unknown>): Promise<T> => answer as Promise<T>
  return {
    health: () => answered(ask.read('GET', '/health')),
    createCollection: (name, request) => answered(ask.write('PUT', at(name), request)),
    listCollections: (page = {}, call) =>
      answered(ask.read('GET', `/collections${queryOf(page)}`, undefined, {}, call)),
    getCollection: (name) => answered(ask.read('GET', at(name))),
    updateCollection: (name, request) => answered(ask.write('PATCH', at(name), request)),
    deleteCollection: async (name) => {
      await ask.write('DELETE', at(name))
    },
    analyze: async (name, request) =>
      ((await ask.read('POST', `${at(name)}/analyze`, request)) as { tokens: TokenReport[] }).tokens,
    writeDocuments: (name, documents, { atomic, ...options } = {}) =>
      answered(writeInOrPast(ask.write, at(name), JSON.stringify({ documents, atomic }), idempotency(options))),
    writeOperations: (name, operations, { atomic, ...options } = {}) =>
      answered(writeInOrPast(ask.write, at(name), JSON.stringify({ operations, atomic }), idempotency(options))),
    createUpload: (name, request) => answered(ask.write('POST', `${at(name)}/uploads`, request)),
    readUpload: () => Promise.reject(localOnly('reading an upload')),
    putDocument: async (name, id, document, options) =>
      answered(
        ask.write('PUT', oneOf(name, id), named(document, id), {
          ...idempotency(options),
          ...conditionHeaders(options),
        }),
      ),
    patchDocument: async (name, id, patch, conditions) =>
      answered(ask.write('PATCH', oneOf(name, id), patch, conditionHeaders(conditions))),
    deleteDocument: async (name, id, conditions) =>
      answered(ask.write('DELETE', oneOf(name, id), undefined, conditionHeaders(conditions))),
    deleteDocuments: (name, request) => answered(ask.write('POST', `${at(name)}/documents/delete`, request)),
    deleteByFilter: (name, request, call) =>
      answered(ask.write('POST', `${at(name)}/documents/delete`, request, {}, call)),
    updateByFilter: (name, request, call) =>
      answered(ask.write('POST', `${at(name)}/documents/update`, request, {}, call)),
    getDocuments: async (name, ids, read = {}, call) => {
      const answer = await ask.read('POST', `${at(name)}/documents/get`, { ids, ...read }, {}, call)
      return (answer as { documents: (JsonObject | null)[] }).documents.map((document) => document ?? undefined)
    },
    getVersioned: async (name, ids, read = {}, call) => {
      const answer = await ask.read('POST', `${at(name)}/documents/get`, { ids, versions: true, ...read }, {}, call)
      const { documents, versions } = answer as { documents: (JsonObject | null)[]; versions: (string | null)[] }
      return documents.map((document, i) => (document === null ? undefined : { document, version: versions[i]! }))
    },
    listDocuments: (name, { session, ...page }, call) =>
      answered<DocumentPage>(
        ask.read(
          'GET',
          `${at(name)}/documents${queryOf(page)}`,
          undefined,
          session === undefined ? {} : { 'Prism-Session': session },
          call,
        ),
      ),
    search: (name, request, call) => answered(ask.read('POST', `${at(name)}/search`, request, {}, call)),
    count: (name, request, call) => answered(ask.read('POST', `${at(name)}/count`, request, {}, call)),
    createSnapshot: (name, snapshot) => answered(ask.write('POST', `${at(name)}/snapshots`, { name: snapshot })),
    listSnapshots: async (name) =>
      ((await ask.read('GET', `${at(name)}/snapshots`)) as { snapshots: SnapshotInfo[] }).snapshots,
    deleteSnapshot: async (name, snapshot) => {
      await ask.write('DELETE', `${at(name)}/snapshots/${encodeSegment(snapshot)}`)
    },
    branchCollection: (name, request) => answered(ask.write('POST', `${at(name)}/branches`, request)),
    restoreCollection: (name, request) => answered(ask.write('POST', `${at(name)}/restore`, request)),
    compact: () => Promise.reject(localOnly('compact')),
    inspect: () => Promise.reject(localOnly('inspect')),
    lead: () => Promise.reject(localOnly('lead')),
    scrub: () => Promise.reject(localOnly('scrub')),
    rebuildTable: () => Promise.reject(localOnly('rebuildTable')),
    compactWanted: () => Promise.reject(localOnly('compactWanted')),
    collectGarbage: () => Promise.reject(localOnly('collectGarbage')),
    settle: async () => {},
    close: async () => {},
  }
}

/** Adds the id to the document. Some gateways change paths, and a server refuses a document whose id differs from the path. */
function named(document: unknown, id: DocumentId): unknown {
  return isRecord(document) ? { id, ...document } : document
}

/** Refuses `.` and `..`, because a URL resolves them even if they are percent-encoded. */
function encodeSegment(name: string): string {
  if (name !== '.' && name !== '..' && name !== '') return encodeURIComponent(name)
  throw new InvalidRequestError('invalid_request', `"${name}" cannot stand in the path of a URL: write it in a batch`)
}

function queryOf(page: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value))
  return query.size === 0 ? '' : `?${query}`
}

function idempotency(options: WriteOptions = {}): Record<string, string> {
  return options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey }
}

/** @throws {InvalidRequestError} 'invalid_condition' for several conditions, because headers cannot express them; 'invalid_version' */
function conditionHeaders(conditions: WriteConditions = {}): Record<string, string> {
  const { if_version, if_absent, if_present } = conditions
  const named = [if_version, if_absent, if_present].filter((condition) => condition !== undefined)
  if (named.length > 1) throw new InvalidRequestError('invalid_condition', 'a write has one condition')
  if (if_absent) return { 'If-None-Match': '*' }
  if (if_version !== undefined) return { 'If-Match': `"${checkVersion(if_version)}"` }
  return if_present ? { 'If-Match': '*' } : {}
}

function localOnly(what: string): InvalidRequestError {
  return new InvalidRequestError(
    'not_supported',
    `${what} works on the data itself (a folder, or a bucket and a table), not through a server`,
  )
}
