import { InvalidRequestError } from './errors.ts'

/** Last parts of paths below a collection. */
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
 * What the contract describes but only a later version supports. A request that uses any of it is refused with
 * `not_supported`; it is neither ignored nor called unknown.
 */
export const PLANNED = {
  /** Members of request bodies. A member that is null is allowed. */
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
  /** Options of fields and of schemas. */
  fieldOptions: ['collation'],
  /** Operators of filters, each with its purpose. */
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
 * The error for a request that uses what only a later version supports.
 *
 * @param what the unsupported thing, as the start of a sentence: `field "place": type geo_point`
 */
export function notSupported(what: string, details: { readonly [name: string]: string }): InvalidRequestError {
  return new InvalidRequestError('not_supported', `${what} is not supported by this version`, { details })
}
