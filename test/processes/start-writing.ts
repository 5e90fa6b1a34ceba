import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { WritingOrder } from './writing-process.ts'

/** A process that writes, and what it has said of its batches so far. */
export type WritingProcess = {
  /** First numbers of batches, by what they were told. */
  readonly acknowledged: number[]
  readonly unknown: number[]
  readonly refused: string[]
  /** Resolves when it begins to write. */
  readonly ready: Promise<void>
  /** Resolves when it has ended and all it said was read: its exit code, or null if it was killed. */
  readonly ended: Promise<number | null>
  kill(): void
}

/** Starts a process that writes as `order` says, straight into the stores. @param programs the folder of {@link buildPrograms} */
export function startWriting(programs: string, order: WritingOrder): WritingProcess {
  const child = spawn(process.execPath, [join(programs, 'writing-process.js'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const told = { acknowledged: [] as number[], unknown: [] as number[], refused: [] as string[] }
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [what, first] = line.split(' ')
      if (what === 'ready') resolve()
      if (what === 'ack') told.acknowledged.push(Number(first))
      if (what === 'unknown') told.unknown.push(Number(first))
      if (what === 'refused') told.refused.push(line)
    })
    child.once('exit', () => resolve())
  })
  const read = new Promise<void>((resolve) => lines.once('close', resolve))
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => void read.then(() => resolve(code)))
  })
  return { ...told, ready, ended, kill: () => child.kill('SIGKILL') }
}
