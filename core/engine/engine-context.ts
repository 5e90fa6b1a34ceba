import type { SearchContext } from '../query/search/search-context.ts'
import type { Shards } from './shards.ts'

/** What the methods of the engine share: the context of searches, and the shards. */
export type EngineContext = SearchContext & { readonly shards: Shards }
