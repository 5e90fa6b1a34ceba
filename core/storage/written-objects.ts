/** What a process keeps of the objects that it wrote, so that it need not read them. */
export interface WrittenObjects {
  /** Takes an object that is stored already. Its bytes must not change any more. */
  learn(key: string, bytes: Uint8Array): void
  /** Lets go of objects that the newest version of their shard no longer names, and of all that was read of them. */
  forget(keys: readonly string[]): void
}
