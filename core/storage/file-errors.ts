import { NotFoundError, UnavailableError } from '../errors.ts'

/** Codes of file-system errors after which a retry may succeed. */
const UNAVAILABLE = new Set(['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ESTALE'])

/** Runs an operation on the file of an object, and translates errors of the file system. */
export async function translated<T>(action: () => Promise<T>, key: string): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw translateFileError(error, key)
  }
}

/** Translates a file-system error to a NotFoundError or UnavailableError. Returns an unknown error unchanged. */
export function translateFileError(error: unknown, key: string): unknown {
  if (!isSystemError(error)) return error
  if (isMissing(error)) return new NotFoundError('object_not_found', `no object ${key}`, { cause: error })
  if (!UNAVAILABLE.has(error.code)) return error
  return new UnavailableError('storage_unavailable', `${error.code} at object ${key}: ${error.message}`, {
    cause: error,
  })
}

export function isMissing(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

export function isTaken(error: unknown): boolean {
  return isSystemError(error) && error.code === 'EEXIST'
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}
