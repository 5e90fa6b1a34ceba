import { EXTERNALS } from './externals.ts'
import { settings } from './settings.ts'

/** One whole virtual CPU: below 1,769 MB Lambda gives a share of one, and a cold start takes longer in proportion. */
export const ONE_CPU = '1769 MB'

export const logRetention = settings.isProduction ? '1 month' : '1 week'

/**
 * SST means to let nobody but Lambda assume a function's role outside of `sst dev`. Version 4.17.1 lets in the whole
 * account instead, because it tests an output where it should test the output's value.
 */
const role = { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' }) }

/** What all functions have in common. */
export const functionOptions = {
  runtime: 'nodejs24.x',
  // A fifth cheaper per second than x86_64.
  architecture: 'arm64',
  logging: { format: 'json', retention: logRetention },
  nodejs: {
    format: 'esm',
    minify: true,
    sourcemap: false,
    // What a cold start does not need, such as the API's description, is loaded when asked for.
    splitting: true,
    esbuild: { external: [...EXTERNALS] },
  },
  transform: $dev ? {} : { role },
} satisfies Partial<sst.aws.FunctionArgs>
