import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const RUNTIME = fileURLToPath(new URL('runtime-client.mjs', import.meta.url))

/** Makes the kernel end a process with its parent: a frozen process cannot notice the end of the parent. */
const SETPRIV = '/usr/bin/setpriv'
const isTiedByKernel = process.platform === 'linux' && existsSync(SETPRIV)

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type ProcessOptions = {
  readonly memoryMb: number
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly line: (line: string) => void
}

/** Starts Node like Lambda does for a function. The process never outlives this one. */
export function startProcess({ memoryMb, environment, line }: ProcessOptions): ChildProcess {
  // The shares of memory that AWS's runtime gives to the heap.
  const heap = [`--max-old-space-size=${share(memoryMb, 0.9)}`, `--max-semi-space-size=${share(memoryMb, 0.05)}`]
  const node = [process.execPath, ...heap, RUNTIME]
  const [command, ...words] = isTiedByKernel ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...node] : node
  // A separate group, so a terminal's Ctrl-C reaches only this process, which then stops the other properly.
  const child = spawn(command!, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  running.add(child)
  child.once('close', () => running.delete(child))
  forEachLine(child.stdout, line)
  forEachLine(child.stderr, line)
  return child
}

/** @returns undefined if the process has ended, or this is not Linux */
export function rssBytesMaxOf(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    return undefined
  }
}

function share(megabytes: number, part: number): number {
  return Math.max(1, Math.floor(megabytes * part))
}

function forEachLine(stream: Readable, line: (line: string) => void): void {
  createInterface({ input: stream }).on('line', line)
}
