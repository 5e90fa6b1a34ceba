import type { Coordination } from '../coordination/coordination.ts'
import { NotFoundError } from '../errors.ts'
import { findNearestName } from '../nearest-name.ts'
import { quote } from '../quote.ts'
import { NAMES_PK } from './collection-rows.ts'

/** How many names, in byte order, are searched for the nearest one: few enough to be one page of rows. */
const NAMES_MAX = 1000

/** The error for a name that no collection has. It names the collection that the caller probably meant. */
export async function collectionNotFound(coordination: Coordination, name: string): Promise<NotFoundError> {
  const similar = findNearestName(name, await otherNames(coordination, name))
  const hint = similar === undefined ? '' : `, did you mean ${quote(similar)}?`
  return new NotFoundError('collection_not_found', `no collection named ${quote(name)}${hint}`, {
    details: similar === undefined ? {} : { similar },
  })
}

/** @returns no names if they cannot be read: the suggestion is only an addition to the error */
async function otherNames(coordination: Coordination, name: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const { sk } of coordination.query(NAMES_PK, '', { consistent: false })) {
      // A collection that is being deleted or created has a name, but is not found.
      if (sk !== name) names.push(sk)
      if (names.length >= NAMES_MAX) break
    }
  } catch {
    return []
  }
  return names
}
