/** What a cache takes of the memory of its process, for those who watch it. */
export type CacheSize = {
  /** One word, such as `ranges`. */
  readonly name: string
  /** What it holds, and its bound. */
  readonly help: string
  /** Bytes of memory, now. */
  readonly byteSize: () => number
}
