import { InvalidRequestError } from './errors.ts'

/** Ends of paths below a collection. */
const OF_COLLECTION = [
  'changes',
  'curations',
  'export',
  'migrate',
  'recall',
  'sql',
  'statistics',
  'suggest',
  'synonyms',
]

/**
 * What the contract describes and a later version does. A request that asks for any of it is refused with
 * `not_supported`, never ignored and never called unknown.
 */
export const PLANNED = {
  /** Members of a request's body. Null asks for nothing. */
  members: [
    'aggs',
    'boost',
    'budget',
    'cursor',
    'distinct',
    'distribution',
    'facets',
    'highlight',
    'hybrid',
    'like',
    'prefix_last',
    'ranking',
    'replication',
    'strict',
    'time_zone',
    'vector',
  ],
  fieldTypes: ['vector', 'geo_point'],
  /** Options of fields, and of schemas. */
  fieldOptions: ['collation'],
  /** Operators of filters, each with what it is for. */
  filterOperators: {
    any: 'elements of lists of objects',
    box: 'geo filters',
    polygon: 'geo filters',
    time_zone: 'time zones',
    within: 'geo filters',
  },
  /** Paths, with all of their methods. */
  routes: [
    '/aliases/:name',
    '/cluster',
    '/cluster/nodes/:id',
    '/cluster/nodes/:id/drain',
    '/cluster/rebalance',
    '/cluster/shards/:collection/:shard/move',
    ...OF_COLLECTION.map((name) => `/collections/:collection/${name}`),
    '/keys',
    '/keys/:id',
    '/search',
    '/tasks',
    '/tasks/:id',
  ],
} as const satisfies Readonly<Record<string, readonly string[] | Readonly<Record<string, string>>>>

export function isPlanned(list: 'members' | 'fieldTypes' | 'fieldOptions', name: string): boolean {
  return (PLANNED[list] as readonly string[]).includes(name)
}

/**
 * The error for a request that asks for what a later version does.
 *
 * @param what the thing, as it starts a sentence: `field "place": type geo_point`
 */
export function notSupported(what: string, details: { readonly [name: string]: string }): InvalidRequestError {
  return new InvalidRequestError('not_supported', `${what} is not supported by this version`, { details })
}
