import { PrismError } from '../../core/errors.ts'

/** One line that the user can act on; for a defect of Prism, everything that helps to find it. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // An error of the operating system is no defect of Prism.
  if (error instanceof PrismError || 'syscall' in error) return error.message.replaceAll('\n', ' ')
  return error.stack ?? error.message
}
