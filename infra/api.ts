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

/** Answers all requests that come through the gateway. */
export const api = new sst.aws.Function('Api', {
  ...apiOptions,
  handler: 'functions/api.handler',
  // The gateway gives up at 30: a second earlier the function can still answer what became of a write.
  timeout: '29 seconds',
})

/**
 * The same API for answers beyond the 6 MB that a buffered function may return.
 *
 * Its URL bypasses the gateway, so that whatever authorizer stands there would not see it: callers sign with IAM.
 */
export const apiStream = new sst.aws.Function('ApiStream', {
  ...apiOptions,
  handler: 'functions/api-stream.handler',
  // Lambda streams up to 200 MB, at 2 MB a second once the first 6 are through.
  timeout: '2 minutes',
  streaming: true,
  url: { authorization: 'iam' },
})

export const gateway = new sst.aws.ApiGatewayV2('Gateway', {
  domain: settings.domain,
  accessLog: { retention: logRetention },
})

// One route, because the application has a router of its own, which also answers 404 and 405.
gateway.route('$default', api.arn, { auth: { iam: settings.authorization === 'iam' } })
