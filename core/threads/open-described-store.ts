import type { ObjectStore } from '../storage/object-store.ts'
import type { S3Options } from '../storage/s3-object-store.ts'
import { systemRandom } from '../system-random.ts'

/** A store as plain data, so that another thread can open it. */
export type StoreDescription =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly options: S3Options }

const opened = new Map<string, Promise<ObjectStore>>()

/** Opens a described store, once per thread. */
export function openDescribedStore(description: StoreDescription): Promise<ObjectStore> {
  const key = JSON.stringify(description)
  const store = opened.get(key) ?? open(description)
  opened.set(key, store)
  return store
}

/** Loads only the client that is needed, because the S3 client is large. */
async function open(description: StoreDescription): Promise<ObjectStore> {
  if (description.kind === 'folder') {
    const { FolderObjectStore } = await import('../storage/folder-object-store.ts')
    return new FolderObjectStore(description.path, systemRandom)
  }
  const { S3ObjectStore } = await import('../storage/s3-object-store.ts')
  return new S3ObjectStore(description.options)
}
