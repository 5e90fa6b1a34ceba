import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Only the owner may access folders and files that Prism creates, whatever the umask of the process. */
export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600

/** Durably creates a file at `path`: `fill` writes to a new file at `temporary`, which is then renamed in one step. */
export async function writeDurably(
  path: string,
  temporary: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(temporary, 'wx', FILE_MODE)
  try {
    try {
      await fill(file)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Makes all renames and removals in a directory so far durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Durably creates a directory and its missing parents below `root`, which must exist.
 */
export async function makeDirectoryDurably(root: string, path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE })
  // All are synced, because another process may have created a directory without syncing it yet.
  for (let made = path; made !== root && made.length > root.length; made = dirname(made)) {
    await syncDirectory(dirname(made))
  }
}

/** Writes all of `bytes` at `position`. Default: the file's current position. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  let written = 0
  while (written < bytes.byteLength) {
    const at = position === undefined ? null : position + written
    const { bytesWritten } = await file.write(bytes, written, bytes.byteLength - written, at)
    written += bytesWritten
  }
}
