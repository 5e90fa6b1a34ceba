/**
 * Packages that bundles omit, because functions do not load them. Plain data, so the local build can use the same list.
 */
export const EXTERNALS: readonly string[] = [
  // Optional native code of msgpackr. A bundle cannot contain it, and msgpackr is fast enough without it.
  'msgpackr-extract',
  // Sources of credentials that the AWS SDK tries after the environment, where Lambda puts credentials: 100 kB.
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@aws-sdk/token-providers',
  // Detects the browser when the SDK runs in one.
  'bowser',
]
