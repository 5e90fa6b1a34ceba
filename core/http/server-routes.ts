import type { Clock } from '../clock.ts'
import { healthAnswer, rootAnswer } from '../contract/answer-shapes.ts'
import type { Engine } from '../engine/engine.ts'
import { VERSION } from '../prism-version.ts'
import { DOCS_HEADERS, DOCS_PAGE } from './docs/docs-page.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Route } from './route.ts'

/** One line that describes Prism. */
export const TAGLINE = 'a search engine whose data are immutable files in object storage'

/** Routes on which a server describes itself. `openApi` is called at the first request, because it describes these routes too. */
export function serverRoutes(engine: Engine, clock: Clock, metrics: Metrics, openApi: () => object): Route[] {
  const startedMs = clock.monotonic()
  return [
    {
      method: 'GET',
      path: '/',
      operation: 'about',
      tag: 'server',
      summary: 'Name and version',
      answer: { status: 200, description: 'Who answers here', name: 'Root', shape: rootAnswer },
      handle: async () => ({ json: { name: 'prism', version: VERSION, tagline: TAGLINE } }),
    },
    {
      method: 'GET',
      path: '/health',
      operation: 'health',
      tag: 'server',
      summary: 'Whether storage and coordination can be reached',
      answer: { status: 200, description: 'They can; else 503', name: 'Health', shape: healthAnswer },
      handle: async () => {
        const { collections } = await engine.health()
        const uptimeS = Math.round(clock.monotonic() - startedMs) / 1000
        return { json: { status: 'ok', version: VERSION, collections, uptime_s: uptimeS } }
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      operation: 'metrics',
      tag: 'server',
      summary: 'Metrics for Prometheus',
      answer: { status: 200, description: 'Prometheus text', contentType: 'text/plain' },
      handle: async () => ({ text: await metrics.text(), contentType: metrics.contentType }),
    },
    {
      method: 'GET',
      path: '/openapi.json',
      operation: 'openApi',
      tag: 'server',
      summary: 'This description',
      answer: { status: 200, description: 'OpenAPI 3.1', contentType: 'application/json' },
      handle: async () => ({ json: openApi() }),
    },
    {
      method: 'GET',
      path: '/docs',
      operation: 'docs',
      tag: 'server',
      summary: 'A page to read this description and to try it',
      answer: { status: 200, description: 'The page', contentType: 'text/html' },
      handle: async () => ({ text: DOCS_PAGE, contentType: 'text/html; charset=utf-8', headers: DOCS_HEADERS }),
    },
  ]
}
