import { readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A process. Where the system says when it started, a later process of the same number is another one. */
type Holder = { readonly pid: number; readonly started: string }

const NAME = 'writer.lock'

/**
 * Names the process that is about to write to a folder: a symbolic link whose target is the name of that process. Taking
 * and releasing it are one system call each, and no call ever waits.
 *
 * It only keeps processes from waiting for a stopped one. The data are guarded by LMDB's lock, which the system releases
 * when a process dies, but for which others wait without end while the process is stopped. So it does no harm if two
 * processes find the same dead holder and both take its place.
 */
export class WriteLock {
  readonly #path: string
  readonly #self: string

  /** @param folder must be there */
  constructor(folder: string) {
    this.#path = join(folder, NAME)
    this.#self = `${process.pid}-${startOf(process.pid)}`
  }

  /** Takes the lock unless a living process holds it. @returns that process's number, or undefined once the lock is taken */
  tryTake(): number | undefined {
    if (this.#link()) return undefined
    const holder = this.#readHolder()
    if (holder !== undefined && isAlive(holder)) return holder.pid
    // Its holder died, or has just released it.
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
    // A process of another user cannot be signalled, but is there.
    if (codeOf(error) !== 'EPERM') return false
  }
  return startOf(pid) === started
}

/** When a process started, in ticks since the machine did; empty where there is no `/proc`. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold anything; the 22nd is the time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
