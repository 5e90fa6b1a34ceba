import { type Context, Hono } from 'hono'
import type { Clock } from '../clock.ts'
import { REQUEST_SIZE } from '../contract/limits.ts'
import type { Engine } from '../engine/engine.ts'
import { NotFoundError } from '../errors.ts'
import { quote } from '../quote.ts'
import { systemClock } from '../system-clock.ts'
import { branchRoutes } from './branch-routes.ts'
import { collectionRoutes } from './collection-routes.ts'
import { documentRoutes } from './document-routes.ts'
import { RefusedByHttpError, replyToError } from './http-errors.ts'
import { checkLoopbackCaller, loopbackCors } from './loopback-callers.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import type { RegisterMetrics } from './metrics/process-metrics.ts'
import { describeRoutes } from './openapi.ts'
import { decodeParams } from './path-params.ts'
import { type BodyLimits, readBody } from './read-body.ts'
import { checkQuery } from './read-query.ts'
import type { Reply, Route } from './route.ts'
import { searchRoutes } from './search-routes.ts'
import { serverRoutes } from './server-routes.ts'
import { SESSION_HEADER } from './session-header.ts'
import { snapshotRoutes } from './snapshot-routes.ts'
import { uploadRoutes } from './upload-routes.ts'
import { versionHeaders } from './version-headers.ts'

export type AppOptions = {
  readonly clock?: Clock
  /**
   * `loopback` refuses requests under a name of another machine and from pages of other origins, and lets pages of loopback
   * origins read answers (CORS). `any` (default) leaves that to what stands before the server.
   */
  readonly callers?: 'loopback' | 'any'
  /** Called with every error that is Prism's own defect or damaged data: clients see no more than that it happened. */
  readonly onDefect?: (error: unknown, request: string) => void
  /** Adds to `/metrics`, such as numbers of the process. */
  readonly registerMetrics?: RegisterMetrics
  /** What the platform allows of request bodies, where that is less than Prism does. */
  readonly bodyLimits?: BodyLimits
}

/**
 * The HTTP contract over any engine, for any platform that speaks `Request` and
 * `Response`: tests call `app.request()`, servers and functions `app.fetch`.
 */
export function createApp(engine: Engine, options: AppOptions = {}): Hono {
  const app = new Hono({ strict: true })
  const metrics = createMetrics(options.registerMetrics)
  const routes = allRoutes(engine, metrics, options)
  app.use(async (c, next) => {
    await next()
    c.header('X-Content-Type-Options', 'nosniff')
  })
  app.onError((error, c) => refuse(c, metrics, error))
  if (options.callers === 'loopback') {
    app.use((c, next) => {
      checkLoopbackCaller(c.req.raw)
      return next()
    }, loopbackCors)
  }
  for (const route of byPath(routes)) app.on(route.method, route.path, (c) => answer(c, route, metrics, options))
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, (c) => otherMethod(c, methods))
  }
  app.notFound((c) =>
    refuse(c, metrics, new NotFoundError('route_not_found', `no route ${c.req.method} ${quote(c.req.path)}`)),
  )
  return app
}

/** Every route, in the order that the documentation lists them. */
function allRoutes(engine: Engine, metrics: Metrics, options: AppOptions): Route[] {
  const report = (error: unknown): void => options.onDefect?.(error, 'POST /multi_search')
  let described: object | undefined
  const openApi = (): object => {
    described ??= describeRoutes(routes)
    return described
  }
  const routes = [
    ...searchRoutes(engine, metrics, report),
    ...documentRoutes(engine),
    ...uploadRoutes(engine),
    ...collectionRoutes(engine),
    ...snapshotRoutes(engine),
    ...branchRoutes(engine),
    ...serverRoutes(engine, options.clock ?? systemClock, metrics, openApi),
  ]
  return routes
}

/** Literal segments before names, because the first route that matches answers: `documents/get` is no id. */
function byPath(routes: readonly Route[]): Route[] {
  return routes.toSorted((a, b) => Number(a.path.endsWith('/:id')) - Number(b.path.endsWith('/:id')))
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of byPath(routes)) methods.set(path, [...(methods.get(path) ?? []), method])
  return methods
}

async function answer(c: Context, route: Route, metrics: Metrics, options: AppOptions): Promise<Response> {
  const clock = options.clock ?? systemClock
  const startedMs = clock.monotonic()
  let bodyBytes = 0
  const response = await respond(c, route, options, (bytes) => {
    bodyBytes = bytes
  })
  const durationMs = clock.monotonic() - startedMs
  metrics.countRequest({ route: route.path, method: route.method, status: response.status, durationMs, bodyBytes })
  return response
}

async function respond(
  c: Context,
  route: Route,
  options: AppOptions,
  tellBodyBytes: (bytes: number) => void,
): Promise<Response> {
  try {
    const url = new URL(c.req.url)
    checkQuery(url.searchParams, route.query)
    const bodySize = route.body?.size ?? REQUEST_SIZE
    const body = async (): Promise<Uint8Array> => {
      const bytes = await readBody(c.req.raw, { ...options.bodyLimits, bytesMax: bodySize.bytesMax })
      tellBodyBytes(bytes.length)
      return bytes
    }
    const params = decodeParams(route.path, url.pathname)
    return toResponse(
      c,
      await route.handle({ params, query: url.searchParams, headers: c.req.raw.headers, body, bodySize }),
    )
  } catch (error) {
    const { status, headers, body, isDefect } = replyToError(error)
    if (isDefect) options.onDefect?.(error, `${c.req.method} ${c.req.path}`)
    return c.json(body, status, headers)
  }
}

function toResponse(c: Context, reply: Reply): Response {
  if ('text' in reply) return c.body(reply.text, 200, { 'Content-Type': reply.contentType, ...reply.headers })
  const { session, version } = reply
  return c.json(reply.json, reply.status ?? 200, {
    ...(session !== undefined && { [SESSION_HEADER]: session }),
    ...(version !== undefined && versionHeaders(version)),
  })
}

/** @throws {RefusedByHttpError} 'method_not_allowed' for all but OPTIONS */
function otherMethod(c: Context, methods: readonly string[]): Response {
  const allowed = methods.join(', ')
  if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow: allowed })
  const message = `${c.req.method} is not allowed on ${quote(c.req.path)}, only ${allowed}`
  throw new RefusedByHttpError(405, 'method_not_allowed', message, { Allow: allowed })
}

function refuse(c: Context, metrics: Metrics, error: Error): Response {
  const { status, headers, body } = replyToError(error)
  metrics.countRequest({ route: 'none', method: 'any', status, durationMs: 0, bodyBytes: 0 })
  return c.json(body, status, headers)
}
