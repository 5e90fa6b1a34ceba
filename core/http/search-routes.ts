import { countAnswer, multiSearchAnswer, searchAnswer } from '../contract/answer-shapes.ts'
import { readShape } from '../contract/read-shape.ts'
import type { SearchAnswer, SearchRequest } from '../contract/search-request.ts'
import { multiSearchRequest, readNamedSearch, searchParameters, searchRequest } from '../contract/search-shape.ts'
import type { Engine } from '../engine/engine.ts'
import { type SearchAllowance, searchAllowance } from '../query/search/search-allowance.ts'
import type { Metrics } from './metrics/metrics.ts'
import { parseJsonBody, parseOptionalJsonBody } from './parse-body.ts'
import { parametersOf } from './read-query.ts'
import type { Reply, Route, RouteRequest } from './route.ts'
import { withSession } from './session-header.ts'

const PATH = '/collections/:collection/search'
const BODY = {
  name: 'Search',
  shape: searchRequest,
  required: false,
  example: { query: 'sea AND (wind OR waves)', limit: 5 },
}
const ANSWER = {
  status: 200,
  description: 'Hits, best first, and what they cost',
  name: 'SearchAnswer',
  shape: searchAnswer,
} as const

/** Routes that search and count, in one collection or in several. */
export function searchRoutes(engine: Engine, metrics: Metrics): Route[] {
  const search = async (
    collection: string,
    asked: SearchRequest,
    call: { readonly signal: AbortSignal; readonly allowance?: SearchAllowance },
  ): Promise<SearchAnswer> => {
    const answer = await engine.search(collection, asked, call)
    metrics.countSearch(answer.cost)
    return answer
  }
  const reply = (answer: SearchAnswer): Reply => ({ json: answer, session: answer.session })
  const readBody = async (request: RouteRequest): Promise<SearchRequest> =>
    withSession(request, (await parseOptionalJsonBody(request)) as SearchRequest)
  return [
    {
      method: 'POST',
      path: PATH,
      operation: 'search',
      tag: 'search',
      summary: 'Search',
      body: BODY,
      answer: ANSWER,
      handle: async (request) =>
        reply(await search(request.params.collection!, await readBody(request), { signal: request.signal })),
    },
    {
      method: 'GET',
      path: PATH,
      operation: 'searchByAddress',
      tag: 'search',
      summary: 'Search, for the address bar and curl',
      query: searchParameters,
      answer: ANSWER,
      handle: async (request) =>
        reply(
          await search(request.params.collection!, withSession(request, searchOfParameters(request)), {
            signal: request.signal,
          }),
        ),
    },
    {
      method: 'POST',
      path: '/collections/:collection/count',
      operation: 'count',
      tag: 'search',
      summary: 'Count what a search matches',
      body: { ...BODY, example: { query: 'sea' } },
      answer: { status: 200, description: 'How many', name: 'Count', shape: countAnswer },
      handle: async (request) => {
        const answer = await engine.count(request.params.collection!, await readBody(request), {
          signal: request.signal,
        })
        return { json: answer, session: answer.session }
      },
    },
    {
      method: 'POST',
      path: '/multi_search',
      operation: 'multiSearch',
      tag: 'search',
      summary: 'Several searches at once, answered in order',
      body: {
        name: 'MultiSearch',
        shape: multiSearchRequest,
        required: true,
        example: { searches: [{ collection: 'books', query: 'sea' }] },
      },
      answer: {
        status: 200,
        description: 'An answer or an error for each',
        name: 'MultiAnswer',
        shape: multiSearchAnswer,
      },
      handle: async (request) => {
        const { searches } = readShape(multiSearchRequest, await parseJsonBody(request), 'the request')
        const allowance = searchAllowance()
        const one = async (asked: unknown, position: number): Promise<unknown> => {
          try {
            const { collection, ...rest } = readNamedSearch(asked, `searches[${position}]`)
            return await search(collection, withSession(request, rest), { signal: request.signal, allowance })
          } catch (error) {
            return request.replyTo(error).body
          }
        }
        return { json: { results: await Promise.all(searches.map(one)) } }
      },
    },
  ]
}

/** The query is `q` in a URL; all other members have their own names. */
function searchOfParameters(request: RouteRequest): SearchRequest {
  const { q, ...others } = parametersOf(request, searchParameters)
  return q === undefined ? others : { ...others, query: q as string }
}
