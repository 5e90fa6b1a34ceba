/** The settings of a deployment. Document changes of a name or a default in docs/deploying.md. */
export type Settings = {
  readonly isProduction: boolean
  /** `PRISM_LEAVES`, 0–64, default 4: number of leaf functions. With 0, the API function searches alone. */
  readonly leafCount: number
  /**
   * `PRISM_LEAF_RESERVED`, 1–1,000 executions for each leaf, or `none`; default 20 in production, `none` elsewhere.
   *
   * If undefined, nothing is reserved, not for compaction either. AWS refuses a reservation that leaves an account
   * fewer than 100 unreserved executions, and new accounts have 10 in total.
   */
  readonly reserved: { readonly leaf: number; readonly compact: number } | undefined
  /**
   * `PRISM_AUTHORIZATION`, `iam` or `none`, default `iam`: which callers the gateway admits. Admitted callers may do
   * everything, so `none` must be explicit.
   */
  readonly authorization: 'iam' | 'none'
  /** `PRISM_CORS`, origins separated by commas, or `*`; default none: whose pages browsers let call the API. */
  readonly corsOrigins: readonly string[]
  /** `PRISM_DOMAIN`, a host name whose zone is in Route 53 of this account. */
  readonly domain: string | undefined
  /** `PRISM_ALARM_EMAIL`: the address that receives alarms. */
  readonly alarmEmail: string | undefined
  /**
   * The environment of the functions that answer requests: `PRISM_FAN_OUT` (`auto`, `always`, `never`; default `auto`),
   * `PRISM_HEDGE` (`on`, `off`; default `off`) and, if set, `PRISM_SHARDS_DEFAULT` (1–256).
   */
  readonly apiEnvironment: Readonly<Record<string, string>>
}

/** The policy of the API names each leaf, and an inline policy has at most 10,240 characters. */
const LEAVES_MAX = 64
const RESERVED_MAX = 1_000
const SHARDS_MAX = 256

const LEAVES_DEFAULT = 4
const RESERVED_DEFAULT = 20

/**
 * Reads and checks the environment of `sst deploy`, so an invalid value stops a deployment before any request to AWS.
 *
 * @throws naming the variable, its valid values and its value
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>, stage: string): Settings {
  const isProduction = stage === 'production'
  // `PRISM_DOMAIN= npx sst deploy` and an unset CI secret leave an empty variable, which counts as not set.
  const read = (name: string) => environment[name]?.trim() || undefined

  const leafCount = wholeNumber('PRISM_LEAVES', read('PRISM_LEAVES') ?? String(LEAVES_DEFAULT), 0, LEAVES_MAX)
  const fanOut = oneOf('PRISM_FAN_OUT', read('PRISM_FAN_OUT') ?? 'auto', ['auto', 'always', 'never'])
  if (fanOut === 'always' && leafCount === 0) throw new Error('PRISM_FAN_OUT is "always", but PRISM_LEAVES is 0')

  const reserved = read('PRISM_LEAF_RESERVED') ?? (isProduction ? String(RESERVED_DEFAULT) : 'none')
  const shards = read('PRISM_SHARDS_DEFAULT')
  return {
    isProduction,
    leafCount,
    reserved:
      reserved === 'none'
        ? undefined
        : { leaf: wholeNumber('PRISM_LEAF_RESERVED', reserved, 1, RESERVED_MAX, 'none'), compact: 1 },
    authorization: oneOf('PRISM_AUTHORIZATION', read('PRISM_AUTHORIZATION') ?? 'iam', ['iam', 'none']),
    corsOrigins: originsOf(read('PRISM_CORS') ?? ''),
    domain: matching('PRISM_DOMAIN', read('PRISM_DOMAIN'), /^([a-z0-9-]+\.)+[a-z]{2,}$/, 'a host name'),
    alarmEmail: matching('PRISM_ALARM_EMAIL', read('PRISM_ALARM_EMAIL'), /^[^\s@]+@[^\s@]+$/, 'an e-mail address'),
    apiEnvironment: {
      PRISM_FAN_OUT: fanOut,
      PRISM_HEDGE: oneOf('PRISM_HEDGE', read('PRISM_HEDGE') ?? 'off', ['on', 'off']),
      ...(shards && { PRISM_SHARDS_DEFAULT: String(wholeNumber('PRISM_SHARDS_DEFAULT', shards, 1, SHARDS_MAX)) }),
    },
  }
}

/** Browsers send origins in lower case and without a slash at the end, and AWS compares texts. */
function originsOf(list: string): string[] {
  const origins = list.split(',').map((origin) => origin.trim())
  return origins
    .filter((origin) => origin !== '')
    .map(
      (origin) =>
        matching(
          'PRISM_CORS',
          origin,
          /^(\*|https?:\/\/[a-z0-9.-]+(:\d+)?)$/,
          'origins such as https://app.example, or *',
        )!,
    )
}

function wholeNumber(name: string, value: string, min: number, max: number, alternative?: string): number {
  if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value)
  const or = alternative === undefined ? '' : ` or ${alternative}`
  throw new Error(`${name} must be a whole number from ${min} to ${max}${or}, got "${value}"`)
}

function oneOf<Value extends string>(name: string, value: string, values: readonly Value[]): Value {
  const found = values.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new Error(`${name} must be ${values.join(' or ')}, got "${value}"`)
}

function matching(name: string, value: string | undefined, pattern: RegExp, what: string): string | undefined {
  if (value === undefined || pattern.test(value)) return value
  throw new Error(`${name} must be ${what}, got "${value}"`)
}
