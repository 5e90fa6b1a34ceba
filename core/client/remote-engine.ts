import {
  analyzeAnswer,
  collectionAnswer,
  collectionsAnswer,
  countAnswer,
  documentsAnswer,
  healthAnswer,
  pageAnswer,
  searchAnswer,
  snapshotsAnswer,
  versionedDocumentsAnswer,
} from '../contract/answer-shapes.ts'
import { checkRequests } from '../engine/check-requests.ts'
import type { Engine } from '../engine/engine.ts'
import { InvalidRequestError } from '../errors.ts'
import { type Ask, asking } from './ask.ts'
import { pathOf, queryOf } from './paths.ts'
import { remoteWrites } from './remote-writes.ts'
import { readServer, type ServerOptions } from './server-address.ts'

/**
 * An engine that sends its requests to a server over HTTP. Errors have the same classes as on the server.
 *
 * @throws {InvalidRequestError} 'invalid_url', 'invalid_options'
 */
export function openRemoteEngine(options: ServerOptions): Engine {
  const server = readServer(options)
  return checkRequests({
    ...reads(asking(server, 'read')),
    ...remoteWrites(asking(server, 'write')),
    ...localOnly(),
    settle: async () => {},
    close: async () => {},
  })
}

function reads(ask: Ask) {
  return {
    health: () => ask(healthAnswer, 'GET', '/health'),
    listCollections: (page = {}, call) => ask(collectionsAnswer, 'GET', `/collections${queryOf(page)}`, call),
    getCollection: async (name) => ask(collectionAnswer, 'GET', pathOf(name)),
    analyze: async (name, request) =>
      (await ask(analyzeAnswer, 'POST', `${pathOf(name)}/analyze`, { json: request })).tokens,
    getDocuments: async (name, ids, read, call) => {
      const json = { ids, ...read }
      const { documents } = await ask(documentsAnswer, 'POST', `${pathOf(name)}/documents/get`, { json, ...call })
      return documents.map((document) => document ?? undefined)
    },
    getVersioned: async (name, ids, read, call) => {
      const json = { ids, versions: true, ...read }
      const path = `${pathOf(name)}/documents/get`
      const { documents, versions } = await ask(versionedDocumentsAnswer, 'POST', path, { json, ...call })
      return documents.map((document, i) => (document === null ? undefined : { document, version: versions[i]! }))
    },
    listDocuments: async (name, { session, ...page }, call) => {
      const headers = session === undefined ? {} : { 'Prism-Session': session }
      return ask(pageAnswer, 'GET', `${pathOf(name)}/documents${queryOf(page)}`, { headers, ...call })
    },
    search: async (name, json, call) => ask(searchAnswer, 'POST', `${pathOf(name)}/search`, { json, ...call }),
    count: async (name, json, call) => ask(countAnswer, 'POST', `${pathOf(name)}/count`, { json, ...call }),
    listSnapshots: async (name) => (await ask(snapshotsAnswer, 'GET', `${pathOf(name)}/snapshots`)).snapshots,
  } satisfies Partial<Engine>
}

/** What works on the data itself. */
function localOnly() {
  const refuse = (what: string) => (): Promise<never> =>
    Promise.reject(
      new InvalidRequestError(
        'not_supported',
        `${what} works on the data itself (a folder, or a bucket and a table), not through a server`,
      ),
    )
  return {
    readUpload: refuse('reading an upload'),
    compact: refuse('compact'),
    inspect: refuse('inspect'),
    lead: refuse('lead'),
    scrub: refuse('scrub'),
    rebuildTable: refuse('rebuildTable'),
    compactWanted: refuse('compactWanted'),
    collectGarbage: refuse('collectGarbage'),
  } satisfies Partial<Engine>
}
