import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Place } from '../processes/back-end.ts'

/** A bucket as processes of this run reach it: through a network that fails. */
export type SoakPlace = {
  readonly programs: string
  readonly endpoint: string
  readonly bucket: Extract<Place, { kind: 'bucket' }>
}

export type ServerListener = {
  /** A line of its standard error. */
  onLog(line: string): void
  /** It ended by itself after it had listened. */
  onEnd(status: string): void
}

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs one command of `prism` to its end. */
export function runPrism(place: SoakPlace, args: readonly string[]): Promise<Ended> {
  const child = start(place, args)
  const told = { out: '', err: '' }
  child.stdout!.on('data', (piece) => {
    told.out += piece
  })
  child.stderr!.on('data', (piece) => {
    told.err += piece
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...told })))
}

/** A place for one `prism serve` at a time, that is killed and started again. */
export class ServerProcess {
  readonly #place: SoakPlace
  readonly #hears: ServerListener
  #child: ChildProcess | undefined
  #address: string | undefined
  #isStopped = false

  constructor(place: SoakPlace, hears: ServerListener) {
    this.#place = place
    this.#hears = hears
  }

  /** Undefined while nobody would answer there. */
  get address(): string | undefined {
    return this.#isStopped ? undefined : this.#address
  }

  /** Starts it, again and again if storage cannot be reached, until it listens. */
  async start(): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const child = start(this.#place, ['serve', '--port', '0'])
      this.#child = child
      createInterface({ input: child.stderr! }).on('line', (line) => this.#hears.onLog(line))
      this.#address = await new Promise<string | undefined>((resolve) => {
        createInterface({ input: child.stdout! }).on('line', (line) => {
          const address = / on (http:\/\/\S+)/.exec(line)?.[1]
          if (address !== undefined) resolve(address)
        })
        child.once('exit', () => resolve(undefined))
      })
      if (this.#address === undefined) continue
      child.once('exit', (code, signal) => signal !== 'SIGKILL' && this.#hears.onEnd(`${code ?? signal}`))
      return
    }
    throw new Error('a server ended twenty times before it listened')
  }

  async kill(): Promise<void> {
    this.#address = undefined
    this.#isStopped = false
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  stop(): void {
    this.#isStopped = true
    this.#child?.kill('SIGSTOP')
  }

  continue(): void {
    this.#child?.kill('SIGCONT')
    this.#isStopped = false
  }
}

function start({ programs, endpoint, bucket }: SoakPlace, args: readonly string[]): ChildProcess {
  const { accessKeyId, secretAccessKey } = bucket.credentials
  return spawn(
    process.execPath,
    [join(programs, 'prism.js'), ...args, '--s3', bucket.bucket, '--table', bucket.table],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C is for the run alone: what it started is needed for the last checks.
      detached: true,
      env: {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    },
  )
}
