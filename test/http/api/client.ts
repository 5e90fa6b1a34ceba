import { expect } from 'vitest'

/** Whatever answers the HTTP contract: an app in this process, or a server somewhere. */
export type Api = {
  /** `path` is raw: what is not percent-encoded yet is the caller's to encode. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly close: () => Promise<void>
}

export type OpenApi = () => Promise<Api>

export type Json = Record<string, unknown>

// Answers are read as the loosest type on purpose: a suite that trusted the engine's types would not check them.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: any }

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

/** Sends JSON, or bytes and strings as they are, and reads JSON. An answer that is no JSON fails the test. */
export function caller(api: () => Api): Call {
  return async (method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const payload = body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const response = await api().fetch(path, { method, headers: { ...type, ...headers }, ...payload } as RequestInit)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    expect(isJson, `${method} ${path} answers JSON, not ${text.slice(0, 200)}`).toBe(true)
    return { status: response.status, headers: response.headers, body: JSON.parse(text) }
  }
}

let collections = 0
const RUN = Math.random().toString(36).slice(2, 8)

/** A collection name that nothing else uses, here or on a shared server. */
export function newName(): string {
  return `t-${RUN}-${++collections}`
}

/** A new collection that holds these documents. */
export async function collectionOf(call: Call, documents: readonly Json[], request: Json = {}): Promise<string> {
  const name = newName()
  const created = await call('PUT', `/collections/${name}`, request)
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  if (documents.length > 0) {
    const written = await call('POST', `/collections/${name}/documents`, { documents })
    expect(written.body).toMatchObject({ indexed: documents.length, failed: 0, errors: [] })
  }
  return name
}

export async function search(call: Call, collection: string, request: Json): Promise<Answer> {
  return call('POST', `/collections/${collection}/search`, request)
}

/** Ids of the hits, in their order. Fails the test if the search does. */
export async function idsOf(call: Call, collection: string, request: Json): Promise<string[]> {
  const { status, body } = await search(call, collection, request)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.hits.map((hit: { id: string }) => hit.id)
}

/** Checks that an answer is an error as the contract has them. */
export function expectError(answer: Answer, status: number, code?: string, says?: RegExp | string): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status)
  expect(Object.keys(answer.body)).toEqual(['error'])
  const { error } = answer.body
  expect(error).toMatchObject({ code: expect.stringMatching(/^[a-z0-9_]+$/), message: expect.any(String) })
  expect(error.details).toBeTypeOf('object')
  expect(error.message).not.toMatch(/\n\s+at /)
  if (code !== undefined) expect(error.code).toBe(code)
  if (says !== undefined) expect(error.message).toMatch(says)
}
