// Imported in parts, so that functions do not bundle the rest.
import Counter from 'prom-client/lib/counter.js'
import Histogram from 'prom-client/lib/histogram.js'
import Registry from 'prom-client/lib/registry.js'
import type { CostReport } from '../../storage/cost.ts'
import type { RegisterMetrics } from './process-metrics.ts'

/** Metrics of requests and searches, for Prometheus. */
export type Metrics = {
  readonly contentType: string
  text(): Promise<string>
  /** `route` is the pattern, never the path, because the number of paths is unbounded. */
  countRequest(request: { route: string; method: string; status: number; durationMs: number; bodyBytes: number }): void
  countSearch(cost: CostReport): void
}

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** @param registerMore adds further metrics */
export function createMetrics(registerMore: RegisterMetrics = () => undefined): Metrics {
  const registers = [new Registry()]
  const registry = registers[0]!
  const requests = new Counter({
    name: 'prism_http_requests_total',
    help: 'Requests answered',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'prism_http_request_duration_seconds',
    help: 'Time from a request to its answer',
    labelNames: ['route', 'method'],
    buckets: DURATION_BUCKETS_S,
    registers,
  })
  const bodyBytes = counter('prism_http_request_body_bytes_total', 'Bytes of request bodies, unpacked', registers)
  const searches = counter('prism_searches_total', 'Searches answered', registers)
  const gets = counter('prism_search_store_gets_total', 'Object-store requests of searches', registers)
  const bytes = counter('prism_search_store_bytes_total', 'Bytes that searches read from the object store', registers)
  const cached = counter('prism_search_cached_bytes_total', 'Bytes that searches read from caches', registers)
  const usd = counter('prism_search_usd_total', 'Dollars for the requests of searches, at list prices', registers)
  registerMore(registry)
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countRequest: (request) => {
      requests.inc({ route: request.route, method: request.method, status: request.status })
      durations.observe({ route: request.route, method: request.method }, request.durationMs / 1000)
      bodyBytes.inc(request.bodyBytes)
    },
    countSearch: (cost) => {
      searches.inc()
      gets.inc(cost.gets)
      bytes.inc(cost.bytes)
      cached.inc(cost.cached_bytes)
      usd.inc(cost.usd)
    },
  }
}

function counter(name: string, help: string, registers: Registry[]): Counter {
  return new Counter({ name, help, registers })
}
