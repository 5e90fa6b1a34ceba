import { InvalidRequestError, NotFoundError, type PrismError, UnavailableError } from '../../core/errors.ts'

/** Explains why a file that the user named cannot be read. Returns an error that is not the system's unchanged. */
export function explainFile(name: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : failureOf(name === '' ? '""' : name, code, error)
}

function failureOf(name: string, code: string | undefined, cause: unknown): PrismError {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NotFoundError('file_not_found', `there is no file ${name}`, { cause })
  if (code === 'EISDIR')
    return new InvalidRequestError('not_a_file', `${name} is a folder: name the files in it`, { cause })
  if (code === 'EACCES' || code === 'EPERM')
    return new UnavailableError('file_refused', `this user may not read ${name}: change its permissions`, { cause })
  return new UnavailableError('file_unreadable', `${name} cannot be read: ${code}`, { cause })
}
