import { apiCors } from './cors.ts'
import { functionOptions, logRetention, ONE_CPU } from './function-options.ts'
import { leafPool } from './leaves.ts'
import { permissions } from './permissions.ts'
import { settings } from './settings.ts'
import { storage } from './storage.ts'

const apiOptions = {
  ...functionOptions,
  memory: ONE_CPU,
  link: [storage, leafPool],
  permissions: permissions.api,
  environment: settings.apiEnvironment,
} satisfies Partial<sst.aws.FunctionArgs>

/** Answers all requests through the gateway. */
export const api = new sst.aws.Function('Api', {
  ...apiOptions,
  handler: 'functions/api.handler',
  // The gateway gives up after 30 seconds. One second earlier, the function can still report the result of a write.
  timeout: '29 seconds',
})

/**
 * The same API for answers beyond the 6 MB that a buffered function may return.
 *
 * Its URL bypasses the gateway and any authorizer there, so callers sign with IAM.
 */
export const apiStream = new sst.aws.Function('ApiStream', {
  ...apiOptions,
  handler: 'functions/api-stream.handler',
  // Lambda streams up to 200 MB, at 2 MB per second after the first 6 MB.
  timeout: '2 minutes',
  streaming: true,
  url: { authorization: 'iam', cors: apiCors },
})

export const gateway = new sst.aws.ApiGatewayV2('Gateway', {
  domain: settings.domain,
  cors: apiCors,
  accessLog: { retention: logRetention },
})

// One route, because the application has its own router, which also answers 404 and 405.
gateway.route('$default', api.arn, { auth: { iam: settings.authorization === 'iam' } })

// Browsers ask without credentials, so the authorizer of the other route would refuse them. The gateway adds the headers.
if (apiCors !== false) gateway.route('OPTIONS /{proxy+}', api.arn)
