import { readdirSync, statSync } from 'node:fs'

/** Bytes that the files below a folder occupy on disk. Of sparse files, only allocated blocks count. */
export function folderSize(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // The file may have been removed since it was listed.
    const file = entry.isFile() && statSync(`${entry.parentPath}/${entry.name}`, { throwIfNoEntry: false })
    if (file) bytes += file.blocks * 512
  }
  return bytes
}
