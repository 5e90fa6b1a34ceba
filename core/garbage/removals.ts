import { fenceCollection } from '../collections/delete-collection.ts'
import { NO_LIMIT } from '../time-limit.ts'
import { BackgroundWork } from '../version/background-work.ts'
import type { CommitComponents } from '../version/commit.ts'
import { decodeDeletion, forgetDeletion, readDeletions } from '../version/work-rows.ts'
import { finishDeletion } from './finish-deletion.ts'
import { removeCollection } from './remove-collection.ts'

/** Outcomes of the unfinished deletions. */
export type DeletionsReport = {
  /** Number of unfinished deletions. */
  readonly collections: number
  readonly removed: number
  /** Collections that branches still pin. */
  readonly pinned: number
  /** Deletions that may be about to begin, or that this process is doing already. */
  readonly waiting: number
  /** Deletions that never began and were withdrawn. */
  readonly calledOff: number
  readonly failed: number
  /** Deletions that were not finished for lack of time. */
  readonly left: number
}

/** Removes the data of deleted collections: those that this process deleted, and those whose deletion was interrupted. */
export class Removals {
  readonly #components: CommitComponents
  readonly #onFailure: (error: unknown) => void
  readonly #underWay = new BackgroundWork()
  /** Uids of the collections that this process is removing for its own deletions. */
  readonly #removing = new Set<string>()
  #isClosed = false

  /** @param onFailure called with the error of a removal, because no caller awaits removals */
  constructor(components: CommitComponents, onFailure: (error: unknown) => void) {
    this.#components = components
    this.#onFailure = onFailure
  }

  /** Starts to remove the data of a collection that this process has just deleted, or failed to create. */
  begin(uid: string): void {
    this.#removing.add(uid)
    const removing = this.#remove(uid).finally(() => this.#removing.delete(uid))
    void this.#underWay.add(removing.catch(this.#onFailure))
  }

  /** Finishes the announced deletions one after another while there is time. */
  collect(): Promise<DeletionsReport> {
    return this.#underWay.add(this.#collect())
  }

  /** Stops removals between two requests. Other processes can finish them. */
  close(): void {
    this.#isClosed = true
  }

  /** Resolves when no removal is running. */
  drain(): Promise<void> {
    return this.#underWay.drain()
  }

  async #remove(uid: string): Promise<void> {
    await fenceCollection(this.#components, uid)
    const outcome = await removeCollection(this.#components, uid, this.#mayContinue)
    if (outcome === 'removed') await forgetDeletion(this.#components.coordination, uid)
  }

  async #collect(): Promise<DeletionsReport> {
    const rows = await readDeletions(this.#components.coordination)
    const counts = { removed: 0, pinned: 0, waiting: 0, called_off: 0, failed: 0, stopped: 0 }
    for (const row of rows) {
      if (!this.#mayContinue()) {
        counts.stopped++
        continue
      }
      try {
        const deletion = decodeDeletion(row)
        const outcome = this.#removing.has(deletion.uid)
          ? 'waiting'
          : await finishDeletion(this.#components, deletion, this.#mayContinue)
        counts[outcome]++
      } catch (error) {
        // A deletion that cannot be finished must not stop the others.
        if (this.#mayContinue()) {
          counts.failed++
          this.#onFailure(error)
        } else counts.stopped++
      }
    }
    const { called_off: calledOff, stopped: left, ...rest } = counts
    return { collections: rows.length, ...rest, calledOff, left }
  }

  readonly #mayContinue = (): boolean => !this.#isClosed && (this.#components.timeLimit ?? NO_LIMIT).remainingMs() > 0
}
