import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A `prism serve` over a folder, in its own process. */
export class PrismServer {
  readonly #script: string
  readonly #data: string
  #child: ChildProcess | undefined
  address = ''

  constructor(script: string, data: string) {
    this.#script = script
    this.#data = data
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#script, 'serve', '--data', this.#data, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    this.address = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const address = / on (http:\/\/\S+)/.exec(line)?.[1]
        if (address !== undefined) resolve(address)
      })
      child.once('exit', (code) => reject(new Error(`prism serve ended with status ${code}`)))
    })
  }

  get hasEnded(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return
    const ended = new Promise((resolve) => this.#child!.once('exit', resolve))
    this.#child!.kill('SIGKILL')
    await ended
  }

  /** Resident memory of the process in bytes; 0 if it has ended. */
  residentBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    } catch {
      return 0
    }
  }
}
