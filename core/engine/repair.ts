import type { rebuildRows } from './rebuild-rows.ts'
import type { scrubCollections } from './scrub-collections.ts'

/** What examines and restores what is stored. An engine is given it, so that functions, which never do that, need not carry the code. */
export type Repair = {
  readonly scrub: typeof scrubCollections
  readonly rebuildTable: typeof rebuildRows
}

/** Its code is loaded when it is called. */
export const repair: Repair = {
  scrub: async (...call) => (await import('./scrub-collections.ts')).scrubCollections(...call),
  rebuildTable: async (...call) => (await import('./rebuild-rows.ts')).rebuildRows(...call),
}
