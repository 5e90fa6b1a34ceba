import type { ServerOptions } from '../client/server-address.ts'
import { SHARDS_MAX } from '../contract/limits.ts'
import { readShape } from '../contract/read-shape.ts'
import { type Shape, z } from '../contract/shape.ts'
import { callback } from '../engine/call-shapes.ts'
import { InvalidRequestError } from '../errors.ts'
import { isRecord } from '../json-record.ts'
import type { FanOutSettings } from '../query/search/estimate-work.ts'
import type { AssemblySettings } from './assemble-engine.ts'
import type { BucketOptions } from './open-bucket.ts'
import type { CacheFolderOptions } from './open-disk-cache.ts'

/** Location of the data: a folder, a bucket with a table, or a server. */
export type OpenOptions =
  | ({ readonly data: string } & AssemblySettings)
  | (BucketOptions & CacheFolderOptions & AssemblySettings)
  | ServerOptions

/** Maximum worker threads of an engine. */
const WORKERS_MAX = 1_024

const text = z.string().min(1)
const address = z.custom<string>(
  (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value),
  { params: { expected: 'an address such as http://127.0.0.1:4566' } },
)
const flag = z.boolean().exactOptional()
const bytes = z.number().min(0).exactOptional()

const fanOut: Shape<FanOutSettings> = z.strictObject({
  mode: z.enum(['auto', 'always', 'never']).exactOptional(),
  bytesMax: bytes,
  postingsMax: z.number().min(0).exactOptional(),
})

const settings = {
  autoCreate: flag,
  backgroundCompaction: flag,
  cacheBytes: bytes,
  fanOut: fanOut.exactOptional(),
  onFailure: callback<NonNullable<AssemblySettings['onFailure']>>().exactOptional(),
  removesDeleted: z.enum(['in_background', 'later']).exactOptional(),
  shardsDefault: z.int().min(1).max(SHARDS_MAX).exactOptional(),
  workerCount: z.int().min(0).max(WORKERS_MAX).exactOptional(),
} satisfies Record<keyof AssemblySettings, unknown>

const bucket = {
  table: text,
  prefix: z.string().exactOptional(),
  region: text.exactOptional(),
  endpoint: address.exactOptional(),
  pathStyle: flag,
  create: flag,
  cacheFolder: text.exactOptional(),
  cacheFolderBytes: bytes,
} satisfies Record<keyof Omit<BucketOptions & CacheFolderOptions, 'bucket'>, unknown>

/** Their content is checked where they are used. */
const server = {
  headers: z
    .custom<Record<string, string>>(
      (value) => isRecord(value) && Object.values(value).every((one) => typeof one === 'string'),
      {
        params: { expected: 'an object whose values are strings' },
      },
    )
    .exactOptional(),
  token: text.exactOptional(),
} satisfies Record<keyof Omit<ServerOptions, 'url'>, unknown>

/** Per kind of place, its options. Each kind is the name of the option that only this kind has. */
const KINDS: Readonly<Record<'data' | 'bucket' | 'url', Shape<OpenOptions>>> = {
  data: z.strictObject({ data: text, ...settings }),
  bucket: z.strictObject({ bucket: text, ...bucket, ...settings }),
  url: z.strictObject({ url: text, ...server }),
}
/** The options of every kind: what may be misspelt where no kind is given. */
const ANY = z.strictObject({ data: text, bucket: text, url: text, ...bucket, ...server, ...settings }).partial()

/**
 * Checks the options of `open`.
 *
 * @throws {InvalidRequestError} naming the option; 'invalid_options' if the options name no kind of place, or several
 */
export function readOpenOptions(options: unknown): OpenOptions {
  const given = readShape(ANY, options, 'the options of open')
  const [kind, ...others] = (['data', 'bucket', 'url'] as const).filter((one) => given[one] !== undefined)
  if (kind !== undefined && others.length === 0)
    return readShape(KINDS[kind], given, `the options of open with ${kind}`)
  const found = kind === undefined ? 'none of them' : [kind, ...others].join(' and ')
  throw new InvalidRequestError('invalid_options', `open takes one of data, bucket and url, got ${found}`)
}
