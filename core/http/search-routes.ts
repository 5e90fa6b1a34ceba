import { readShape } from '../contract/read-shape.ts'
import type { SearchAnswer, SearchRequest } from '../contract/search-request.ts'
import { multiSearchRequest, readNamedSearch, searchRequest } from '../contract/search-shape.ts'
import type { Engine } from '../engine/engine.ts'
import { InvalidRequestError } from '../errors.ts'
import { type SearchAllowance, searchAllowance } from '../query/search/search-allowance.ts'
import { quote } from '../quote.ts'
import { countAnswer, multiSearchAnswer, searchAnswer } from './answers.ts'
import type { Metrics } from './metrics/metrics.ts'
import { parseJsonBody, parseOptionalJsonBody } from './parse-body.ts'
import { parametersOf, parseJsonParameter } from './read-query.ts'
import type { QueryParameter, Reply, Route, RouteRequest } from './route.ts'
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

const PARAMETERS: Readonly<Record<string, QueryParameter>> = {
  q: { type: 'string', description: 'The query, in the query language' },
  limit: { type: 'integer', description: 'Hits on the page' },
  offset: { type: 'integer', description: 'Hits to leave out before the page' },
  fields: { type: 'string', description: 'Separated by commas, such as `title^2,body`' },
  sort: { type: 'string', description: 'Separated by commas, such as `-year,id`' },
  operator: { type: 'string', description: 'or, and' },
  fuzziness: { type: 'string', description: 'none, auto, 1, 2' },
  prefix_last: { type: 'string', description: 'Not supported by this version' },
  facets: { type: 'string', description: 'Not supported by this version' },
  filter: { type: 'string', description: 'A filter as JSON' },
}

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
      query: PARAMETERS,
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

function searchOfParameters(request: RouteRequest): SearchRequest {
  const { q, fields, sort, filter, fuzziness, ...others } = parametersOf(request, PARAMETERS)
  const asked: Record<string, unknown> = { ...others }
  if (q !== undefined) asked.query = q
  if (fields !== undefined) asked.fields = splitNames('fields', String(fields))
  if (sort !== undefined) asked.sort = splitNames('sort', String(sort))
  if (filter !== undefined) asked.filter = parseJsonParameter('filter', String(filter))
  if (fuzziness !== undefined) asked.fuzziness = /^[12]$/.test(String(fuzziness)) ? Number(fuzziness) : fuzziness
  return asked
}

function splitNames(parameter: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (!names.includes('')) return names
  const message = `${parameter}: expected names separated by commas, got ${quote(text)}`
  throw new InvalidRequestError('invalid_request', message, {
    details: { path: parameter, expected: 'names separated by commas', found: text },
  })
}
