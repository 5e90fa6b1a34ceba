import { afterAll, beforeAll, describe } from 'vitest'
import { describeBranches } from './branch-suite.ts'
import { describeByFilter } from './by-filter-suite.ts'
import { type Api, caller, type OpenApi } from './client.ts'
import { describeCollections } from './collection-suite.ts'
import { describeConditionalWrites } from './conditional-suite.ts'
import { describeDocuments } from './document-suite.ts'
import type { Front } from './front.ts'
import { describeHistory } from './history-suite.ts'
import { describeIds } from './id-suite.ts'
import { describeQueries } from './query-suite.ts'
import { describeRanking } from './ranking-suite.ts'
import { describeRefusals } from './refusal-suite.ts'
import { describeSchemas } from './schema-suite.ts'
import { describeSearchByAddress } from './search-by-address-suite.ts'
import { describeSearch } from './search-suite.ts'
import { describeServer } from './server-suite.ts'

const NOTHING_BEFORE: Front = { shardsDefault: 1, paths: 'as_sent', largeBodies: 'engine' }

/**
 * The HTTP contract as checks. They see nothing but requests and answers, so
 * that they hold for an app in this process and for a server anywhere.
 */
export function describeApi(name: string, open: OpenApi, around: Partial<Front> = {}): void {
  const front = { ...NOTHING_BEFORE, ...around }
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
    describeRefusals(api, call, front)
    describeCollections(call, front)
    describeSchemas(call)
    describeDocuments(call, front)
    describeIds(call)
    describeConditionalWrites(call)
    describeByFilter(call)
    describeSearch(call, front)
    describeSearchByAddress(call)
    describeQueries(call)
    describeRanking(call)
    describeHistory(call)
    describeBranches(call)
  })
}
