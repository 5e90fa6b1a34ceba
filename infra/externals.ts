/**
 * Packages that bundles leave out, because nothing loads them in a function.
 * Plain data, so that the local build takes the very same.
 */
export const EXTERNALS: readonly string[] = [
  // Native code that msgpackr uses if it is there; a bundle cannot hold it, and it is quick enough without.
  'msgpackr-extract',
  // Ways to credentials that the AWS SDK tries after the environment, which is where Lambda puts them: 100 kB.
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@aws-sdk/token-providers',
  // What the SDK reads a browser's name with, in browsers.
  'bowser',
]
