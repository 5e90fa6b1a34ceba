import type { Engine } from '../../core/engine/engine.ts'
import { NotFoundError } from '../../core/errors.ts'
import { holdsData } from '../../core/open/data-folder.ts'
import { type OpenOptions, openPlace } from '../../core/open/open.ts'

/**
 * Opens data that must already exist, so that a mistyped folder does not become a new, empty one.
 *
 * @throws {NotFoundError} if the folder holds no data of Prism; also the errors of opening it
 */
export async function openExisting(place: OpenOptions): Promise<Engine> {
  if ('data' in place && !holdsData(place.data)) {
    throw new NotFoundError('no_data', `there are no data of Prism in ${place.data}: name their folder with --data DIR`)
  }
  return openPlace(place)
}
