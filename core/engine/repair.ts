import type { rebuildRows } from './rebuild-rows.ts'
import type { scrubCollections } from './scrub-collections.ts'

/**
 * Verifies and restores stored data. Passed to an engine from outside, so the bundles of functions do not contain its
 * code.
 */
export type Repair = {
  readonly scrub: typeof scrubCollections
  readonly rebuildTable: typeof rebuildRows
}

/** Loads its code on the first call. */
export const repair: Repair = {
  scrub: async (...call) => (await import('./scrub-collections.ts')).scrubCollections(...call),
  rebuildTable: async (...call) => (await import('./rebuild-rows.ts')).rebuildRows(...call),
}
