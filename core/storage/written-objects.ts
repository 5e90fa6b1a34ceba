/** A cache of objects that this process wrote, so that it need not read them. */
export interface WrittenObjects {
  /** Adds an object that is already stored. Its bytes must not change any more. */
  learn(key: string, bytes: Uint8Array): void
  /** Removes objects that the newest version of their shard no longer names, including ranges that were read. */
  forget(keys: readonly string[]): void
}
