import { existsSync } from 'node:fs'
import type { Engine } from '../../core/engine/engine.ts'
import { NotFoundError } from '../../core/errors.ts'
import { type OpenOptions, openPlace } from '../../core/open/open.ts'

/**
 * Opens data that must already exist, so that a mistyped folder does not become a new, empty one.
 *
 * @throws {NotFoundError} if the folder does not exist
 */
export async function openExisting(place: OpenOptions): Promise<Engine> {
  if ('data' in place && !existsSync(place.data)) {
    throw new NotFoundError('no_data', `there is no folder ${place.data}: --data DIR says where the data are`)
  }
  return openPlace(place)
}
