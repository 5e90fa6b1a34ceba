import { EXTERNALS } from './externals.ts'
import { settings } from './settings.ts'

/**
 * One virtual CPU. With less memory, Lambda gives only a share of a CPU, and a cold start takes longer in proportion.
 */
export const ONE_CPU = '1769 MB'

export const logRetention = settings.isProduction ? '1 month' : '1 week'

/**
 * Outside `sst dev`, SST is meant to let only Lambda assume the role of a function. Version 4.17.1 admits the whole
 * account instead, because it tests an output and not the output's value.
 */
const role = { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' }) }

/** The options that all functions share. */
export const functionOptions = {
  runtime: 'nodejs24.x',
  // 20 % cheaper per second than x86_64.
  architecture: 'arm64',
  logging: { format: 'json', retention: logRetention },
  nodejs: {
    format: 'esm',
    minify: true,
    sourcemap: false,
    // Code that a cold start does not need, such as the description of the API, is loaded on demand.
    splitting: true,
    esbuild: { external: [...EXTERNALS] },
  },
  transform: $dev ? {} : { role },
} satisfies Partial<sst.aws.FunctionArgs>
