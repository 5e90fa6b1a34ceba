/** An invocation must be smaller. */
export const REQUEST_BYTES_MAX = 6_291_456

/** What a function returns at most, unless it streams: a hundred bytes more than it is given. */
export const RESPONSE_BYTES_MAX = 6_291_556

/** Of an invocation that nobody waits for. */
export const EVENT_BYTES_MAX = 1_048_576

/** Of a request to an HTTP API, before it becomes an invocation. */
export const GATEWAY_BYTES_MAX = 10_485_760

/** An HTTP API waits no longer for a function. */
export const GATEWAY_MS_MAX = 30_000

/** Within which a function is loaded. AWS then tries again as part of the invocation; here it just has both times. */
export const INIT_MS_MAX = 10_000
