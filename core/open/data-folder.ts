import { readdirSync } from 'node:fs'
import { InvalidRequestError, UnavailableError } from '../errors.ts'

/** The part of a folder with data that holds the objects. */
export const OBJECTS_FOLDER = 'objects'
/** The part of a folder with data that holds the rows. */
export const COORDINATION_FOLDER = 'coordination'

/**
 * Whether a folder holds data of Prism, so one of its two parts. Creates nothing.
 *
 * @throws {InvalidRequestError} 'not_a_folder'
 * @throws {UnavailableError} 'folder_refused'
 */
export function holdsData(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name === OBJECTS_FOLDER || name === COORDINATION_FOLDER)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw explainFolder(folder, error)
  }
}

/** Opens what needs a folder, and explains why a folder cannot be used. */
export function openInFolder<T>(folder: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw explainFolder(folder, error)
  }
}

function explainFolder(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    const text = `${folder} is a file or below a file: name a folder`
    return new InvalidRequestError('not_a_folder', text, { cause: error })
  }
  // LMDB reports a refused file by its message.
  if (code === 'EACCES' || code === 'EPERM' || message.startsWith('Permission denied')) {
    const text = `this user may not read and write ${folder}: change its permissions, or name another folder`
    return new UnavailableError('folder_refused', text, { cause: error })
  }
  if (code === 'EROFS' || code === 'ENOSPC') {
    const why = code === 'EROFS' ? 'is read-only' : 'is full'
    return new UnavailableError('folder_refused', `the disk of ${folder} ${why}: name a folder elsewhere`, {
      cause: error,
    })
  }
  return error
}
