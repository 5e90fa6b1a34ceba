import { afterAll, beforeAll, describe } from 'vitest'
import { type Api, caller, type OpenApi } from './client.ts'
import { describeCollections } from './collection-suite.ts'
import { describeDocuments } from './document-suite.ts'
import { describeQueries } from './query-suite.ts'
import { describeRanking } from './ranking-suite.ts'
import { describeRefusals } from './refusal-suite.ts'
import { describeSchemas } from './schema-suite.ts'
import { describeSearch } from './search-suite.ts'
import { describeServer } from './server-suite.ts'

/**
 * The HTTP contract as checks. They see nothing but requests and answers, so
 * that they hold for an app in this process and for a server anywhere.
 */
export function describeApi(name: string, open: OpenApi): void {
  describe(`HTTP contract: ${name}`, () => {
    let opened: Api | undefined
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(async () => {
      await opened?.close()
    })
    const api = (): Api => opened!
    const call = caller(api)
    describeServer(api, call)
    describeRefusals(api, call)
    describeCollections(call)
    describeSchemas(call)
    describeDocuments(call)
    describeSearch(call)
    describeQueries(call)
    describeRanking(call)
  })
}
