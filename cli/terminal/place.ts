import type { ServerOptions } from '../../core/client/server-address.ts'
import type { OpenOptions } from '../../core/open/open.ts'
import { type Arguments, type Options, usage } from './arguments.ts'
import type { Terminal } from './command.ts'

/** Default location of the data. */
const FOLDER_DEFAULT = './data'

/** Options for the location of the data. */
export const PLACE_OPTIONS: Options = {
  data: {
    type: 'string',
    value: 'DIR',
    help: `folder that holds the data (PRISM_DATA; default: ${FOLDER_DEFAULT})`,
  },
  s3: { type: 'string', value: 'BUCKET', help: 'bucket that holds the data, with --table (PRISM_S3_BUCKET)' },
  table: { type: 'string', value: 'TABLE', help: 'DynamoDB table that goes with the bucket (PRISM_TABLE)' },
  create: { type: 'boolean', help: 'create the bucket and the table if they are missing' },
}

/** {@link PLACE_OPTIONS}, and a server as the location. */
export const PLACE_OR_SERVER_OPTIONS: Options = {
  ...PLACE_OPTIONS,
  url: { type: 'string', value: 'URL', help: 'address of a Prism server, such as http://127.0.0.1:3080' },
  header: {
    type: 'string',
    value: "'NAME: VALUE'",
    repeats: true,
    help: 'header of requests to that server; may be repeated (PRISM_HEADERS, one a line; a token: PRISM_TOKEN)',
  },
}

/**
 * Finds the location of the data: from the options, otherwise from the environment, otherwise `./data`.
 *
 * @throws {InvalidRequestError} if more than one place is named
 */
export function findPlace(args: Arguments, terminal: Terminal): OpenOptions {
  const place = chosenPlace(args, terminal)
  if (!args.flags.has('create')) return place
  if ('bucket' in place) return { ...place, create: true }
  throw usage('--create is for a bucket and a table; a missing folder is created anyway')
}

function chosenPlace(args: Arguments, { env }: Terminal): OpenOptions {
  const { data, s3, url, table } = args.strings
  const named = Object.entries({ data, s3, url }).filter(([, value]) => value !== undefined)
  if (named.length > 1) throw usage(`expected only one of ${named.map(([name]) => `--${name}`).join(' and ')}`)
  if (url !== undefined) return { url, ...credentials(args, env) }
  if (args.lists.header !== undefined) throw usage('--header is for requests to a server: --url URL')
  if (data !== undefined) return { data }
  if (s3 !== undefined) return bucketPlace(s3, table ?? env.PRISM_TABLE, env.AWS_ENDPOINT_URL)
  if (env.PRISM_DATA && env.PRISM_S3_BUCKET)
    throw usage('PRISM_DATA and PRISM_S3_BUCKET are both set: choose with --data or --s3')
  if (env.PRISM_S3_BUCKET) return bucketPlace(env.PRISM_S3_BUCKET, table ?? env.PRISM_TABLE, env.AWS_ENDPOINT_URL)
  if (table !== undefined) throw usage('--table needs a bucket: --s3 BUCKET')
  return { data: env.PRISM_DATA || FOLDER_DEFAULT }
}

/** The headers and the token of requests to a server. The environment is for those that other users must not see in a list of processes. */
function credentials({ lists }: Arguments, env: Terminal['env']): Pick<ServerOptions, 'headers' | 'token'> {
  const lines = (env.PRISM_HEADERS ?? '').split('\n').filter((line) => line.trim() !== '')
  const fromEnvironment = lines.map((line) => readHeader(line, 'PRISM_HEADERS'))
  const given = (lists.header ?? []).map((line) => readHeader(line, '--header'))
  const headers = Object.fromEntries([...fromEnvironment, ...given])
  return {
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(env.PRISM_TOKEN && { token: env.PRISM_TOKEN }),
  }
}

/** @throws {InvalidRequestError} which does not repeat the header, because it may be secret */
function readHeader(line: string, from: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  if (colon > 0 && value !== '') return [name.toLowerCase(), value]
  throw usage(`${from} takes headers such as 'X-Api-Key: abc', with a colon and a value`)
}

function bucketPlace(bucket: string, table: string | undefined, endpoint: string | undefined): OpenOptions {
  if (!table) throw usage('a bucket needs a DynamoDB table: --table TABLE, or PRISM_TABLE')
  if (endpoint && !/^https?:\/\/[^/]/.test(endpoint))
    throw usage(`AWS_ENDPOINT_URL must be an address such as http://127.0.0.1:4566, got "${endpoint}"`)
  return { bucket, table, ...(endpoint && { endpoint }) }
}

/** Describes a location in a few words. */
export function describePlace(place: OpenOptions): string {
  if ('url' in place) return place.url
  if ('data' in place) return place.data
  const at = place.endpoint === undefined ? '' : ` at ${place.endpoint}`
  return `s3://${place.bucket} with table ${place.table}${at}`
}
