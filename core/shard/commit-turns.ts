import type { ShardRef } from './collection.ts'

/**
 * Lets one commit of this process to a shard go on at a time: rivals inside one
 * process would only cost each other uploads. Other processes are the head's
 * business.
 */
export class CommitTurns {
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Runs `action` when all that came before it are done.
   *
   * @param action hears whether it had to wait, so that what it knew may be old
   */
  async run<T>({ uid, shard }: ShardRef, action: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const key = `${uid}#${shard}`
    const before = this.#last.get(key)
    const running = before === undefined ? action(false) : before.then(() => action(true))
    const done = running.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(key, done)
    try {
      return await running
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key)
    }
  }
}
