/** The memory that a cache takes, for metrics. */
export type CacheSize = {
  /** One word, such as `ranges`. */
  readonly name: string
  /** Describes the content of the cache and its bound. */
  readonly help: string
  /** The current size, in bytes of memory. */
  readonly byteSize: () => number
}
