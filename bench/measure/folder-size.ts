import { readdirSync, statSync } from 'node:fs'

/** Bytes that the files below a folder occupy on disk; sparse files count what they really take. */
export function folderSize(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // It may have been removed since it was listed.
    const file = entry.isFile() && statSync(`${entry.parentPath}/${entry.name}`, { throwIfNoEntry: false })
    if (file) bytes += file.blocks * 512
  }
  return bytes
}
