import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Folders and files that Prism makes are their owner's alone, whatever the process's umask allows. */
export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600

/** Writes what `fill` writes to a new file at `temporary`, durably, and gives it its name in one step. */
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

/** Makes the entries of a directory durable: renames and removals so far. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Makes a directory and those above it durably, if they are missing, from
 * `root` on, which must be there.
 */
export async function makeDirectoryDurably(root: string, path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE })
  // Another process may have made a directory and not have made it durable yet, so all are synced.
  for (let made = path; made !== root && made.length > root.length; made = dirname(made)) {
    await syncDirectory(dirname(made))
  }
}

/** Writes all of `bytes`, at the file's own position if none is given. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  let written = 0
  while (written < bytes.byteLength) {
    const at = position === undefined ? null : position + written
    const { bytesWritten } = await file.write(bytes, written, bytes.byteLength - written, at)
    written += bytesWritten
  }
}
