import { type Context, Hono } from 'hono'
import { requestId } from 'hono/request-id'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Clock } from '../clock.ts'
import { REQUEST_SIZE } from '../contract/limits.ts'
import type { Engine } from '../engine/engine.ts'
import { NotFoundError } from '../errors.ts'
import { notSupported, PLANNED } from '../planned.ts'
import { quote } from '../quote.ts'
import { systemClock } from '../system-clock.ts'
import { systemRandom } from '../system-random.ts'
import { branchRoutes } from './branch-routes.ts'
import { collectionRoutes } from './collection-routes.ts'
import { type AllowsOrigin, allowOrigins, type Middleware, readCorsOrigins } from './cors.ts'
import { documentRoutes } from './document-routes.ts'
import { type ErrorReply, replyToError } from './http-errors.ts'
import { allowsLoopback, checkLoopbackCaller } from './loopback-callers.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import type { RegisterMetrics } from './metrics/process-metrics.ts'
import { describeRoutes } from './openapi.ts'
import { decodeParams } from './path-params.ts'
import { checkQuery } from './read-query.ts'
import type { Reply, Route } from './route.ts'
import { searchRoutes } from './search-routes.ts'
import { serverRoutes } from './server-routes.ts'
import { SESSION_HEADER } from './session-header.ts'
import { snapshotRoutes } from './snapshot-routes.ts'
import { ParsingTurns } from './transfer/parsing-turns.ts'
import { type BodyLimits, readBody } from './transfer/read-body.ts'
import { ClientGoneError, RefusedByHttpError } from './transfer/refusals.ts'
import { Holding, type RequestMemory, requestMemory } from './transfer/request-memory.ts'
import { jsonOfAnswer, streamChunks } from './transfer/send-json.ts'
import { uploadRoutes } from './upload-routes.ts'
import { versionHeaders } from './version-headers.ts'

/** Options of an app. Every option has a default. */
export type AppOptions = {
  readonly clock?: Clock
  /**
   * `loopback` refuses requests to a name of another machine and from pages of other origins, and allows pages of loopback
   * origins as `cors` does. `any` (default) leaves these checks to a gateway in front of the server.
   */
  readonly callers?: 'loopback' | 'any'
  /** Origins whose pages may call the server and read its answers, such as `https://app.example`; `*` for all. Default: none. */
  readonly cors?: readonly string[]
  /** Called with errors whose details clients do not see: defects of Prism, damaged data, failures of storage. */
  readonly onFailure?: (error: unknown, request: FailedRequest) => void
  /** Adds metrics to `/metrics`, such as numbers of the process. */
  readonly registerMetrics?: RegisterMetrics
  /** Limits of the platform on request bodies, if they are below those of Prism. */
  readonly bodyLimits?: BodyLimits
  /** Memory budget of requests. Default: a budget for this app alone. Pass it if the process serves other requests too. */
  readonly memory?: RequestMemory
}

/** A request as named in the log. */
export type FailedRequest = {
  /** The id that the client sees in `X-Request-Id`, and in `request_id` of the details of the error. */
  readonly id: string
  /** Method and path, such as `GET /collections/books`. */
  readonly line: string
}

type App = {
  readonly clock: Clock
  readonly memory: RequestMemory
  readonly parsing: ParsingTurns
  readonly metrics: Metrics
  readonly options: AppOptions
}

/**
 * The HTTP contract over any engine, for any platform that speaks `Request` and
 * `Response`: tests call `app.request()`, servers and functions `app.fetch`.
 *
 * @throws {InvalidRequestError} 'invalid_options' for an origin that is none
 */
export function createApp(engine: Engine, options: AppOptions = {}): Hono {
  const app = new Hono({ strict: true })
  const { clock = systemClock, memory = requestMemory() } = options
  const metrics = createMetrics(options.registerMetrics)
  const around: App = { clock, memory, parsing: new ParsingTurns(), metrics, options }
  const routes = allRoutes(engine, around)
  app.use(requestId({ generator: () => systemRandom.name() }))
  app.use(async (c, next) => {
    await next()
    c.header('X-Content-Type-Options', 'nosniff')
  })
  app.onError((error, c) => refuse(c, around, error))
  for (const middleware of admission(options)) app.use(middleware)
  for (const route of byPath(routes)) app.on(route.method, route.path, (c) => answer(c, route, around))
  for (const path of PLANNED.routes) {
    app.all(path, (c) => refuse(c, around, notSupported(`${c.req.method} ${path}`, { path })))
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, (c) => otherMethod(c, methods))
  }
  app.notFound((c) =>
    refuse(
      c,
      around,
      new NotFoundError('route_not_found', `no route ${c.req.method} ${quote(c.req.path)}; /docs lists all routes`),
    ),
  )
  return app
}

/** Decides whose requests are answered, and which pages may read the answers. */
function admission({ callers, cors = [] }: AppOptions): Middleware[] {
  const allowsGiven = readCorsOrigins(cors)
  if (callers !== 'loopback') return cors.length === 0 ? [] : [allowOrigins(allowsGiven)]
  const allows: AllowsOrigin = (origin) => allowsLoopback(origin) || allowsGiven(origin)
  const check: Middleware = (c, next) => {
    checkLoopbackCaller(c.req.raw, allows)
    return next()
  }
  return [check, allowOrigins(allows)]
}

/** All routes, in the order of the documentation. */
function allRoutes(engine: Engine, { clock, metrics }: App): Route[] {
  let described: object | undefined
  const openApi = (): object => {
    described ??= describeRoutes(routes)
    return described
  }
  const routes = [
    ...searchRoutes(engine, metrics),
    ...documentRoutes(engine),
    ...uploadRoutes(engine),
    ...collectionRoutes(engine),
    ...snapshotRoutes(engine),
    ...branchRoutes(engine),
    ...serverRoutes(engine, clock, metrics, openApi),
  ]
  return routes
}

/** Sorts literal segments before names, because the first matching route answers: `documents/get` is not an id. */
function byPath(routes: readonly Route[]): Route[] {
  return routes.toSorted((a, b) => Number(a.path.endsWith('/:id')) - Number(b.path.endsWith('/:id')))
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of byPath(routes)) methods.set(path, [...(methods.get(path) ?? []), method])
  return methods
}

async function answer(c: Context, route: Route, app: App): Promise<Response> {
  const { clock, metrics } = app
  const startedMs = clock.monotonic()
  let bodyBytes = 0
  const response = await respond(c, route, app, (bytes) => {
    bodyBytes = bytes
  })
  const durationMs = clock.monotonic() - startedMs
  metrics.countRequest({ route: route.path, method: route.method, status: response.status, durationMs, bodyBytes })
  return response
}

async function respond(
  c: Context,
  route: Route,
  app: App,
  reportBodyBytes: (bytes: number) => void,
): Promise<Response> {
  const { clock, memory, parsing, options } = app
  const { headers, signal } = c.req.raw
  const held = new Holding(memory.bodies)
  try {
    const url = new URL(c.req.url)
    checkQuery(url.searchParams, route.query)
    const bodySize = route.body?.size ?? REQUEST_SIZE
    const body = async (): Promise<Uint8Array> => {
      const bytes = await readBody(c.req.raw, {
        clock,
        held,
        limits: { ...options.bodyLimits, bytesMax: bodySize.bytesMax },
      })
      reportBodyBytes(bytes.length)
      await parsing.next(bytes.length)
      signal.throwIfAborted()
      return bytes
    }
    const params = decodeParams(route.path, url.pathname)
    const replyTo = (error: unknown): ErrorReply => replyToFailure(c, app, error)
    const reply = await route.handle({
      params,
      query: url.searchParams,
      headers,
      signal,
      body,
      bodySize,
      held,
      replyTo,
    })
    return await toResponse(c, reply, app)
  } catch (error) {
    return answerError(c, replyToFailure(c, app, signal.aborted ? new ClientGoneError(error) : error))
  } finally {
    held.release()
  }
}

async function toResponse(c: Context, reply: Reply, { memory, clock }: App): Promise<Response> {
  if ('text' in reply) return c.body(reply.text, 200, { 'Content-Type': reply.contentType, ...reply.headers })
  const { session, version, status = 200 } = reply
  const headers = {
    'Content-Type': 'application/json',
    ...(session !== undefined && { [SESSION_HEADER]: session }),
    ...(version !== undefined && versionHeaders(version)),
  }
  const held = new Holding(memory.answers)
  try {
    const encoded = await jsonOfAnswer(reply.json, held)
    if (typeof encoded === 'string') return c.body(encoded, status, headers)
    return c.body(streamChunks(encoded, held, clock), status, { ...headers, 'Content-Length': String(held.byteSize) })
  } catch (error) {
    held.release()
    throw error
  }
}

/** @throws {RefusedByHttpError} 'method_not_allowed' for all methods except OPTIONS */
function otherMethod(c: Context, methods: readonly string[]): Response {
  const allowed = methods.join(', ')
  if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow: allowed })
  const message = `${c.req.method} is not allowed on ${quote(c.req.path)}, only ${allowed}`
  throw new RefusedByHttpError(405, 'method_not_allowed', message, { Allow: allowed })
}

function refuse(c: Context, app: App, error: Error): Response {
  const reply = replyToFailure(c, app, error)
  app.metrics.countRequest({ route: 'none', method: 'any', status: reply.status, durationMs: 0, bodyBytes: 0 })
  return answerError(c, reply)
}

function replyToFailure(c: Context, { options }: App, error: unknown): ErrorReply {
  const id = c.get('requestId')
  const reply = replyToError(error, id)
  if (reply.isForLog) options.onFailure?.(error, { id, line: `${c.req.method} ${c.req.path}` })
  return reply
}

function answerError(c: Context, { status, headers, body }: ErrorReply): Response {
  // Hono's type has no 499.
  return c.json(body, status as ContentfulStatusCode, headers)
}
