import { accessSync, constants, mkdirSync } from 'node:fs'
import type { CacheSize } from '../cache/cache-size.ts'
import { DiskCache } from '../storage/disk/disk-cache.ts'
import { FOLDER_MODE } from '../storage/durable-file.ts'
import { openInFolder } from './data-folder.ts'

/** Default bytes on disk for ranges that do not fit into memory. */
const CACHE_FOLDER_BYTES_DEFAULT = 10 * 1024 * 1024 * 1024

/** A cache on this machine's disk. */
export type CacheFolderOptions = {
  /** A folder for ranges that do not fit into memory. No other process may use it. Default: none. */
  readonly cacheFolder?: string | undefined
  /** Maximum bytes in that folder. Default: 10 GB. */
  readonly cacheFolderBytes?: number | undefined
}

/**
 * Opens the cache that the options name, if any.
 *
 * @throws {InvalidRequestError} 'not_a_folder'
 * @throws {UnavailableError} 'folder_refused'
 */
export function openDiskCache(
  { cacheFolder, cacheFolderBytes }: CacheFolderOptions,
  registerCache?: (cache: CacheSize) => void,
): DiskCache | undefined {
  if (cacheFolder === undefined) return undefined
  // The cache opens its folder later, and works without it if that fails.
  openInFolder(cacheFolder, () => {
    mkdirSync(cacheFolder, { recursive: true, mode: FOLDER_MODE })
    accessSync(cacheFolder, constants.R_OK | constants.W_OK | constants.X_OK)
  })
  const cache = new DiskCache({ folder: cacheFolder, bytesMax: cacheFolderBytes ?? CACHE_FOLDER_BYTES_DEFAULT })
  registerCache?.({
    name: 'disk_index',
    help: 'Memory for the index of the cache on disk and for what it has not written yet, at most 130 MB',
    byteSize: () => cache.memoryBytes,
  })
  return cache
}
