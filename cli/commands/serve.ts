import type { CacheSize } from '../../core/cache/cache-size.ts'
import { failureRecord } from '../../core/failure-record.ts'
import { readCorsOrigins } from '../../core/http/cors.ts'
import { createApp } from '../../core/http/create-app.ts'
import { answerForwardedWrites, FORWARDED_WRITES_PATH } from '../../core/http/forwarded-writes.ts'
import { isLoopbackName } from '../../core/http/loopback-callers.ts'
import { cacheNumbers } from '../../core/http/metrics/cache-numbers.ts'
import { nodeNumbers } from '../../core/http/metrics/node-numbers.ts'
import { processMetrics } from '../../core/http/metrics/process-metrics.ts'
import { requestMemory } from '../../core/http/transfer/request-memory.ts'
import { type OpenOptions, openPlace } from '../../core/open/open.ts'
import { VERSION } from '../../core/prism-version.ts'
import { systemClock } from '../../core/system-clock.ts'
import { type Arguments, expectPositionals, usage, wholeNumber } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { describePlace, findPlace, PLACE_OPTIONS } from '../terminal/place.ts'
import { endsWithin } from './end-within.ts'
import { listen } from './listen.ts'
import { NODE_OPTIONS, nodeOf } from './node-options.ts'
import { FOLDER_PAUSE_MS, PAUSE_MS, runUpkeep } from './upkeep.ts'

const PORT_DEFAULT = 3080
const HOST_DEFAULT = '127.0.0.1'
/** Milliseconds that commits and upkeep may continue after all requests have ended. */
const END_MS_MAX = 5_000

export const serve: Command = {
  form: 'serve',
  summary: 'Answers the HTTP API',
  details:
    'Ctrl-C and SIGTERM finish the requests under way, in 15 s at most; a second one ends at once. Compaction and the removal of deleted data run in the background.',
  examples: ['prism serve', 'prism serve --data ./library --port 8080', 'prism serve --s3 my-bucket --table my-table'],
  options: {
    port: { type: 'string', short: 'p', value: 'N', help: `port (PRISM_PORT; ${PORT_DEFAULT})` },
    host: { type: 'string', value: 'HOST', help: `address to listen on (PRISM_HOST; ${HOST_DEFAULT})` },
    insecure: {
      type: 'boolean',
      help: 'answer requests of other machines and origins as well (there are no keys yet)',
    },
    cors: {
      type: 'string',
      value: 'ORIGIN',
      repeats: true,
      help: 'origin whose pages may call the server, such as https://app.example; may be repeated; * for all (PRISM_CORS)',
    },
    cache: { type: 'string', value: 'DIR', help: 'folder for parts of a bucket that memory has no room for (10 GB)' },
    ...NODE_OPTIONS,
    ...PLACE_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, 'serve', 0, 0)
    const port = portOf(args, terminal)
    const host = hostOf(args, terminal)
    const cors = corsOf(args, terminal)
    const place = findPlace(args, terminal)
    const onFailure = (error: unknown) => log(terminal, 'background', error)
    const serving = nodeOf(args, terminal, onFailure)
    const caches: CacheSize[] = []
    const engine = await openPlace(withServing(place, args.strings.cache, onFailure), {
      registerCache: (cache) => caches.push(cache),
      ...(serving && { routing: serving.node }),
    })
    let upkeep: Promise<unknown> | undefined
    try {
      const memory = requestMemory()
      const app = createApp(engine, {
        callers: args.flags.has('insecure') ? 'any' : 'loopback',
        cors,
        registerMetrics: processMetrics([
          ...cacheNumbers(caches),
          ...(serving ? nodeNumbers(() => serving.node.report()) : []),
        ]),
        onFailure: (error, { id, line }) => log(terminal, line, error, id),
        memory,
      })
      if (serving) {
        const answer = answerForwardedWrites(serving.node, serving.secret, memory)
        app.post(FORWARDED_WRITES_PATH, (c) => answer(c.req.raw))
      }
      const server = await listen(app.fetch, { host, port })
      terminal.out.write(`prism ${VERSION} on ${server.address}\n`)
      terminal.out.write(`  data  ${describePlace(place)}\n  docs  ${server.address}/docs\n`)
      if (args.flags.has('insecure'))
        terminal.err.write(`prism: everybody who can reach ${host} can read and write everything\n`)
      if (cors.includes('*')) terminal.err.write('prism: pages of all origins can read and write everything (--cors)\n')
      // Only now can other nodes reach this process at the address in its beats.
      const pauseMs = 'bucket' in place ? PAUSE_MS : FOLDER_PAUSE_MS
      upkeep = Promise.all([
        runUpkeep(engine, terminal.signal, onFailure, { pauseMs }),
        serving?.node.keepBeating(terminal.signal),
      ])
      await aborted(terminal.signal)
      await server.close()
    } finally {
      // Closing stops upkeep between two steps. Acknowledged writes are durable, so the rest can be stopped.
      const isEnded = await endsWithin(Promise.all([engine.close(), upkeep]), END_MS_MAX, systemClock)
      if (!isEnded) terminal.err.write('prism: ended before all work in the background was done\n')
    }
    return 0
  },
}

function withServing(
  place: OpenOptions,
  cacheFolder: string | undefined,
  onFailure: (error: unknown) => void,
): OpenOptions {
  const serving = { backgroundCompaction: true, onFailure }
  if ('bucket' in place) return { ...place, ...serving, ...(cacheFolder !== undefined && { cacheFolder }) }
  if (cacheFolder !== undefined) throw usage('--cache is for a bucket: a folder needs no cache')
  return 'data' in place ? { ...place, ...serving } : place
}

/** @throws {InvalidRequestError} for an address that other machines can reach, unless --insecure allows it */
function hostOf(args: Arguments, { env }: Terminal): string {
  const host = args.strings.host ?? (env.PRISM_HOST || HOST_DEFAULT)
  if (args.flags.has('insecure') || isLoopbackName(host)) return host
  throw usage(
    `other machines reach ${host}, and could read and write everything: there are no keys yet; add --insecure if they may`,
  )
}

/** @throws {InvalidRequestError} for an origin that is none */
function corsOf({ lists }: Arguments, { env }: Terminal): readonly string[] {
  const origins = lists.cors ?? (env.PRISM_CORS ?? '').split(',').map((origin) => origin.trim())
  const given = origins.filter((origin) => origin !== '')
  readCorsOrigins(given)
  return given
}

function portOf(args: Arguments, { env }: Terminal): number {
  const asked = wholeNumber(args, 'port', 0, 65_535)
  if (asked !== undefined || !env.PRISM_PORT) return asked ?? PORT_DEFAULT
  const port = Number(env.PRISM_PORT)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw usage(`PRISM_PORT must be a whole number from 0 to 65535, got "${env.PRISM_PORT}"`)
}

/** Logs an error that clients do not see in full as a line of JSON, for the operator. */
function log(terminal: Terminal, request: string, error: unknown, requestId?: string): void {
  terminal.err.write(`${JSON.stringify(failureRecord(request, error, requestId))}\n`)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
