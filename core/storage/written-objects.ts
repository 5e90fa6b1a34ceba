/** What a process keeps of the objects that it wrote, so that it need not read them. */
export interface WrittenObjects {
  /** Takes an object that is stored already. Its bytes must not change any more. */
  learn(key: string, bytes: Uint8Array): void
  /** Lets go of an object that nothing new names; parts of it that were read stay by their use. */
  forget(key: string): void
}
