import type { Arguments, Options } from './arguments.ts'

/** The only access of commands to the process and its streams. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: NodeJS.WriteStream
  readonly err: NodeJS.WriteStream
  readonly in: NodeJS.ReadStream
  /** Aborted by the first Ctrl-C or SIGTERM. The second signal ends the process. */
  readonly signal: AbortSignal
}

/** One command of the command line. */
export type Command = {
  /** Its form after `prism`, such as `search COLLECTION QUERY`. */
  readonly form: string
  readonly summary: string
  readonly details?: string
  readonly examples: readonly string[]
  readonly options: Options
  /** @returns the exit status */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<0 | 1>
}
