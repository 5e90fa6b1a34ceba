import { readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A process. Where the system reports start times, `started` tells a later process with the same id apart. */
type Holder = { readonly pid: number; readonly started: string }

const NAME = 'writer.lock'

/**
 * A lock on a folder: a symbolic link whose target names the process that is writing. It takes one system call to create
 * or remove the link, and no call waits.
 *
 * It only keeps processes from waiting for a stopped process. LMDB's own lock guards the data: the system releases that lock
 * when its holder dies, but not while the holder is stopped. So it does no harm if two processes find the same dead
 * holder and both take its place.
 */
export class WriteLock {
  readonly #path: string
  readonly #self: string

  /** @param folder must exist */
  constructor(folder: string) {
    this.#path = join(folder, NAME)
    this.#self = `${process.pid}-${startOf(process.pid)}`
  }

  /** Takes the lock unless a living process holds it. @returns undefined if the lock was taken, otherwise the id of its holder */
  tryTake(): number | undefined {
    if (this.#link()) return undefined
    const holder = this.#readHolder()
    if (holder !== undefined && isAlive(holder)) return holder.pid
    // The holder died, or has just released the lock.
    rmSync(this.#path, { force: true })
    return this.#link() ? undefined : this.#readHolder()?.pid
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }

  #link(): boolean {
    try {
      symlinkSync(this.#self, this.#path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }

  #readHolder(): Holder | undefined {
    try {
      const [pid, started = ''] = readlinkSync(this.#path).split('-')
      return { pid: Number(pid), started }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // A process of another user exists, although it cannot be signalled.
    if (codeOf(error) !== 'EPERM') return false
  }
  return startOf(pid) === started
}

/** Start time of a process, in ticks since the system booted; empty without `/proc`. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may contain anything; the 22nd field is the start time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
