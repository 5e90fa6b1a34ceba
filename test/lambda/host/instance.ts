import type { ChildProcess } from 'node:child_process'
import type { FunctionSettings } from './function-settings.ts'
import type { Answer, FunctionError, Invocation, InvocationReport, StartedInvocation } from './invocation.ts'
import { INIT_MS_MAX } from './lambda-limits.ts'
import { RuntimeApi } from './runtime-api.ts'
import { rssBytesMaxOf, startProcess } from './start-process.ts'

export type InstanceListener = {
  /** It has received an invocation. */
  started(invocation: StartedInvocation): void
  /** It is frozen, and can take another invocation. */
  idle(): void
  ended(): void
  reported(report: InvocationReport): void
  line(line: string): void
}

type Running = Invocation & {
  readonly resolve: (answer: Answer) => void
  /** When the process received the invocation. */
  startedMs?: number
  /** The reply of the function, until the process is frozen. */
  answer?: Answer
}

/** A process of a function: loads for its first invocation, and is frozen between invocations. */
export class Instance {
  readonly #settings: FunctionSettings
  readonly #listener: InstanceListener
  readonly #api: RuntimeApi
  readonly #ended: Promise<void>
  #markEnded!: () => void
  #child: ChildProcess | undefined
  #isLoaded = false
  #isKilled = false
  #initMs: number | undefined
  #running: Running | undefined
  #timer: NodeJS.Timeout | undefined
  /** Why the process is about to end, if its exit does not say so. */
  #fate: FunctionError | undefined

  constructor(settings: FunctionSettings, environment: Readonly<Record<string, string>>, listener: InstanceListener) {
    this.#settings = settings
    this.#listener = listener
    this.#ended = new Promise((resolve) => {
      this.#markEnded = resolve
    })
    this.#api = new RuntimeApi(settings.name, {
      ready: () => this.#becomeReady(),
      answered: (answer) => this.#take(answer),
      initFailed: (error) => this.#end(error),
    })
    this.#start(environment).catch((error: unknown) => this.#becomeEnded(String(error)))
  }

  get isBusy(): boolean {
    return this.#running !== undefined
  }

  /**
   * Invokes the function in this process, which must be new or frozen.
   *
   * @returns once the process is frozen again or has ended; for a stream, at its first byte
   */
  invoke(invocation: Invocation): Promise<Answer> {
    return new Promise((resolve) => {
      this.#running = { ...invocation, resolve }
      if (this.#isLoaded) this.#hand(this.#running)
    })
  }

  kill(): void {
    this.#isKilled = true
    this.#child?.kill('SIGKILL')
  }

  async close(): Promise<void> {
    this.kill()
    await this.#ended
  }

  async #start(environment: Readonly<Record<string, string>>): Promise<void> {
    const { memoryMb, timeoutMs } = this.#settings
    const address = await this.#api.start()
    const startedMs = performance.now()
    this.#setTimer(INIT_MS_MAX + timeoutMs)
    const child = startProcess({
      memoryMb,
      environment: { ...environment, AWS_LAMBDA_RUNTIME_API: address },
      line: (line) => this.#listener.line(line),
    })
    this.#child = child
    this.#initMs = -startedMs
    child.once('error', (error) => this.#becomeEnded(String(error)))
    child.once('exit', (status, signal) =>
      this.#becomeEnded(signal === null ? `exit status ${status}` : `signal: ${SIGNALS[signal] ?? signal}`),
    )
    if (this.#isKilled) this.kill()
  }

  #setTimer(durationMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const after = `Task timed out after ${(durationMs / 1_000).toFixed(2)} seconds`
      this.#end({ errorType: 'Sandbox.Timedout', errorMessage: this.#tell(after) })
    }, durationMs)
  }

  #hand(running: Running): void {
    const { requestId, payload } = running
    const { timeoutMs } = this.#settings
    running.startedMs = performance.now()
    this.#setTimer(timeoutMs)
    this.#child?.kill('SIGCONT')
    this.#api.hand({ requestId, payload }, Date.now() + timeoutMs)
    this.#listener.started({ requestId, payload, pid: this.#child!.pid!, kill: () => this.kill() })
  }

  #becomeReady(): void {
    const running = this.#running
    if (!this.#isLoaded) {
      this.#isLoaded = true
      this.#initMs! += performance.now()
      if (running !== undefined) this.#hand(running)
      return
    }
    if (running === undefined) return
    this.#report(running, undefined)
    this.#running = undefined
    this.#child?.kill('SIGSTOP')
    this.#listener.idle()
    running.resolve(running.answer ?? NO_ANSWER)
  }

  #take(answer: Answer): void {
    const running = this.#running
    if (running === undefined) return
    running.answer = answer
    if (answer.kind === 'stream') running.resolve(answer)
  }

  #end(fate: FunctionError): void {
    this.#fate ??= fate
    this.kill()
  }

  #becomeEnded(how: string): void {
    const running = this.#running
    const errorMessage = this.#tell(`Runtime exited with error: ${how}`)
    const error = this.#fate ?? { errorType: 'Runtime.ExitError', errorMessage }
    if (running !== undefined) this.#report(running, error)
    this.#running = undefined
    void this.#api.close()
    this.#listener.ended()
    this.#markEnded()
    running?.resolve(running.answer ?? { kind: 'error', error })
  }

  #tell(what: string): string {
    return `RequestId: ${this.#running?.requestId} Error: ${what}`
  }

  #report({ requestId, startedMs, answer }: Running, endedBy: FunctionError | undefined): void {
    clearTimeout(this.#timer)
    const durationMs = startedMs === undefined ? 0 : performance.now() - startedMs
    const initMs = this.#isLoaded ? this.#initMs : undefined
    this.#initMs = undefined
    const errorType = (endedBy ?? (answer?.kind === 'error' ? answer.error : undefined))?.errorType
    this.#listener.reported({
      functionName: this.#settings.name,
      requestId,
      pid: this.#child?.pid,
      durationMs,
      // Since August 2025, loading is billed like running.
      billedMs: Math.ceil(durationMs + (initMs ?? 0)),
      rssBytesMax: rssBytesMaxOf(this.#child?.pid),
      ...(initMs !== undefined && { initMs }),
      ...(errorType !== undefined && { errorType }),
    })
  }
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
}

const NO_ANSWER: Answer = {
  kind: 'error',
  error: { errorType: 'Runtime.Unknown', errorMessage: 'the runtime asked for the next invocation without an answer' },
}
