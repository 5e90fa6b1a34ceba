import { settings } from './settings.ts'

const { corsOrigins } = settings

/** Pages of these origins may upload to presigned URLs. The signature in the URL grants access, not CORS. */
export const uploadCors =
  corsOrigins.length === 0 ? false : { allowOrigins: [...corsOrigins], allowMethods: ['PUT' as const] }

/** Which pages may call the API. False means none; without a value, SST would allow all pages. */
export const apiCors =
  corsOrigins.length === 0
    ? false
    : {
        allowOrigins: [...corsOrigins],
        allowMethods: [...(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const)],
        // Those of Prism, then those of requests that are signed with IAM.
        allowHeaders: [
          'Authorization',
          'Content-Encoding',
          'Content-Type',
          'Idempotency-Key',
          'If-Match',
          'If-None-Match',
          'Prism-Session',
          'X-Amz-Content-Sha256',
          'X-Amz-Date',
          'X-Amz-Security-Token',
        ],
        exposeHeaders: ['ETag', 'Prism-Session', 'Prism-Version', 'Retry-After', 'X-Request-Id'],
        maxAge: '10 minutes' as const,
      }
