import { join, resolve } from 'node:path'
import { LmdbCoordination } from '../coordination/lmdb-coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { repair } from '../engine/repair.ts'
import { FolderObjectStore } from '../storage/folder-object-store.ts'
import { FREE } from '../storage/prices.ts'
import { systemRandom } from '../system-random.ts'
import { type AssemblySettings, assembleEngine, type ProcessComponents } from './assemble-engine.ts'
import { COORDINATION_FOLDER, OBJECTS_FOLDER, openInFolder } from './data-folder.ts'

/**
 * Opens an engine whose data are all in one folder, and creates the folder if it is missing.
 *
 * @throws {InvalidRequestError} 'not_a_folder'
 * @throws {UnavailableError} 'folder_refused'
 */
export async function openFolder(
  folder: string,
  settings: AssemblySettings = {},
  process: ProcessComponents = {},
): Promise<Engine> {
  const path = resolve(folder)
  const objects = join(path, OBJECTS_FOLDER)
  const store = new FolderObjectStore(objects, systemRandom)
  const coordination = openInFolder(folder, () => new LmdbCoordination(join(path, COORDINATION_FOLDER)))
  const description = { kind: 'folder', path: objects } as const
  const close = (): Promise<void> => coordination.close()
  return assembleEngine({ store, coordination, prices: FREE, description, close }, settings, { repair, ...process })
}
