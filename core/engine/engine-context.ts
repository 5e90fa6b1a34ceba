import type { SearchContext } from '../query/search/search-context.ts'
import type { Shards } from './shards.ts'

/** What the engine's methods share: what searches need, and the ways to change collections. */
export type EngineContext = SearchContext & { readonly shards: Shards }
