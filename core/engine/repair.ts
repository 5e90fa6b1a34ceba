import type { RebuildTableAnswer, RebuildTableRequest, ScrubAnswer, ScrubRequest } from './engine.ts'
import type { EngineComponents } from './open-engine.ts'
import type { Shards } from './shards.ts'

/** What examines and restores what is stored. An engine is given it, so that functions, which never do that, need not carry the code. */
export type Repair = {
  readonly scrub: (components: EngineComponents, shards: Shards, request?: ScrubRequest) => Promise<ScrubAnswer>
  readonly rebuildTable: (components: EngineComponents, request?: RebuildTableRequest) => Promise<RebuildTableAnswer>
}

/** Its code is loaded when it is called. */
export const repair: Repair = {
  scrub: async (...call) => (await import('./scrub-collections.ts')).scrubCollections(...call),
  rebuildTable: async (...call) => (await import('./rebuild-rows.ts')).rebuildRows(...call),
}
