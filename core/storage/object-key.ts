import { InvalidRequestError } from '../errors.ts'
import { utf8ByteLength } from '../utf8.ts'

/** Maximum UTF-8 bytes of a key in S3. */
export const OBJECT_KEY_BYTES_MAX = 1_024

/** Characters that XML 1.0 cannot represent, and unpaired surrogates: S3's lists and deletes would garble them. */
const FORBIDDEN = /[\p{Cc}\p{Surrogate}\ufffe\uffff]/u

/**
 * Refuses a key that some back end cannot store, so that all back ends accept the same keys.
 *
 * @throws {InvalidRequestError} `invalid_object_key`
 */
export function checkObjectKey(key: string): void {
  const byteSize = utf8ByteLength(key)
  if (byteSize < 1 || byteSize > OBJECT_KEY_BYTES_MAX) {
    throw new InvalidRequestError(
      'invalid_object_key',
      `an object key must have 1 to ${OBJECT_KEY_BYTES_MAX} bytes, got ${byteSize}: ${JSON.stringify(key.slice(0, 100))}`,
    )
  }
  if (FORBIDDEN.test(key)) {
    throw new InvalidRequestError(
      'invalid_object_key',
      `an object key must not hold control characters or halves of surrogate pairs: ${JSON.stringify(key)}`,
    )
  }
}
