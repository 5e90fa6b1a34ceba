import { expect, test } from 'vitest'
import { translateS3Error } from '../../core/storage/s3-errors.ts'

test.each([
  ['NoSuchKey', 404, 'NotFoundError', 'object_not_found'],
  ['NotFound', 404, 'NotFoundError', 'object_not_found'],
  ['NoSuchBucket', 404, 'UnavailableError', 'storage_refused'],
  ['AccessDenied', 403, 'UnavailableError', 'storage_refused'],
  ['CredentialsProviderError', undefined, 'UnavailableError', 'storage_refused'],
  ['SlowDown', 503, 'UnavailableError', 'storage_unavailable'],
  ['ThrottlingException', 400, 'UnavailableError', 'storage_unavailable'],
  ['TooManyRequestsException', 429, 'UnavailableError', 'storage_unavailable'],
  ['InternalError', 500, 'UnavailableError', 'storage_unavailable'],
  ['Whatever', 502, 'UnavailableError', 'storage_unavailable'],
  ['TimeoutError', undefined, 'UnavailableError', 'storage_unavailable'],
  ['ECONNREFUSED', undefined, 'UnavailableError', 'storage_unavailable'],
])('%s with status %s is a %s', (vendorName, status, name, code) => {
  const vendor = Object.assign(new Error('what S3 said'), { name: vendorName, $metadata: { httpStatusCode: status } })

  expect(translateS3Error(vendor, 's3://bucket/key')).toMatchObject({ name, code, cause: vendor })
})

test("a socket's error is known by its code", () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

  expect(translateS3Error(reset, 'k')).toMatchObject({ name: 'UnavailableError', code: 'storage_unavailable' })
})

test('what is not understood is passed on unchanged', () => {
  const strange = Object.assign(new Error('?'), { name: 'EntityTooLarge', $metadata: { httpStatusCode: 400 } })

  expect(translateS3Error(strange, 'k')).toBe(strange)
  expect(translateS3Error('text', 'k')).toBe('text')
})
