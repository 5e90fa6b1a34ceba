import { InvalidRequestError } from '../errors.ts'
import { utf8ByteLength } from '../utf8.ts'
import type { RowKey } from './coordination.ts'

/** Maximum bytes of each part. Both parts and a separator fit LMDB's limit of 1,978 bytes; DynamoDB allows 2,048 and 1,024. */
export const PK_BYTES_MAX = 900
export const SK_BYTES_MAX = 1_024

const HALF_CHARACTER = /\p{Surrogate}/u

/**
 * Refuses a key that some back end cannot hold, so that all back ends can hold the same rows.
 *
 * @throws {InvalidRequestError} `invalid_row_key`
 */
export function checkRowKey(key: RowKey): void {
  checkPart('pk', key.pk, PK_BYTES_MAX)
  checkPart('sk', key.sk, SK_BYTES_MAX)
}

function checkPart(part: 'pk' | 'sk', value: string, bytesMax: number): void {
  const byteSize = utf8ByteLength(value)
  if (byteSize >= 1 && byteSize <= bytesMax && !value.includes('\0') && !HALF_CHARACTER.test(value)) return
  throw new InvalidRequestError(
    'invalid_row_key',
    `${part} must have 1 to ${bytesMax} bytes, no U+0000 and whole characters, got ${byteSize}: ${JSON.stringify(value.slice(0, 100))}`,
  )
}
