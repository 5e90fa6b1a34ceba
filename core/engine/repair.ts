import type { rebuildRows } from './rebuild-rows.ts'
import type { scrubCollections } from './scrub-collections.ts'

/** Examines and restores stored data. An engine gets it from outside, so that functions, which never do that, do not carry its code. */
export type Repair = {
  readonly scrub: typeof scrubCollections
  readonly rebuildTable: typeof rebuildRows
}

/** Its code is loaded when it is called. */
export const repair: Repair = {
  scrub: async (...call) => (await import('./scrub-collections.ts')).scrubCollections(...call),
  rebuildTable: async (...call) => (await import('./rebuild-rows.ts')).rebuildRows(...call),
}
