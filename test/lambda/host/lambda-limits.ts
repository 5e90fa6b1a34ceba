/** Exclusive maximum size of an event. */
export const REQUEST_BYTES_MAX = 6_291_456

/** Maximum size of a result that is not streamed: a hundred bytes more than an event. */
export const RESPONSE_BYTES_MAX = 6_291_556

/** Maximum size of an asynchronous event. */
export const EVENT_BYTES_MAX = 1_048_576

/** Maximum size of a request to an HTTP API, before it becomes an event. */
export const GATEWAY_BYTES_MAX = 10_485_760

/** How long an HTTP API waits for a function. */
export const GATEWAY_MS_MAX = 30_000

/** How long loading a function may take. AWS then loads again during the invocation; here both times are added. */
export const INIT_MS_MAX = 10_000
