import { join, resolve } from 'node:path'
import { LmdbCoordination } from '../coordination/lmdb-coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { repair } from '../engine/repair.ts'
import { FolderObjectStore } from '../storage/folder-object-store.ts'
import { FREE } from '../storage/prices.ts'
import { systemRandom } from '../system-random.ts'
import { type AssemblySettings, assembleEngine, type ProcessComponents } from './assemble-engine.ts'

/** Opens an engine whose data are all in one folder, and creates the folder if it is missing. */
export async function openFolder(
  folder: string,
  settings: AssemblySettings = {},
  process: ProcessComponents = {},
): Promise<Engine> {
  const path = resolve(folder)
  const store = new FolderObjectStore(join(path, 'objects'), systemRandom)
  const coordination = new LmdbCoordination(join(path, 'coordination'))
  const description = { kind: 'folder', path: join(path, 'objects') } as const
  const close = (): Promise<void> => coordination.close()
  return assembleEngine({ store, coordination, prices: FREE, description, close }, settings, { repair, ...process })
}
