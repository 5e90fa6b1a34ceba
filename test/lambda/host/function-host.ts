import { randomUUID } from 'node:crypto'
import type { FunctionSettings } from './function-settings.ts'
import { Instance } from './instance.ts'
import type { Answer, InvocationReport, Refusal, StartedInvocation } from './invocation.ts'
import { REQUEST_BYTES_MAX } from './lambda-limits.ts'

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

export type HostOptions = {
  readonly credentials: Credentials
  /** Called with the function's name and each line of output or event of an instance. */
  readonly log?: (line: string) => void
  readonly report?: (report: InvocationReport) => void
}

const THROTTLED: Refusal = {
  kind: 'refused',
  status: 429,
  errorType: 'TooManyRequestsException',
  message: 'Rate Exceeded.',
}

export const REQUEST_TOO_LARGE: Refusal = {
  kind: 'refused',
  status: 413,
  errorType: 'RequestEntityTooLargeException',
  message: `Request must be smaller than ${REQUEST_BYTES_MAX} bytes for the InvokeFunction operation`,
}

/**
 * Runs a function like Lambda: each invocation has a process to itself, which is stopped from its answer to its next
 * invocation. Idle instances are never ended.
 */
export class FunctionHost {
  readonly settings: FunctionSettings
  readonly counts = { invocations: 0, coldStarts: 0, throttles: 0 }
  readonly #options: HostOptions
  readonly #instances = new Set<Instance>()
  readonly #idle: Instance[] = []
  readonly #waiting: ((invocation: StartedInvocation) => void)[] = []

  constructor(settings: FunctionSettings, options: HostOptions) {
    this.settings = settings
    this.#options = options
  }

  /** Number of processes that are in an invocation, or have not requested the next one. */
  get busyCount(): number {
    return [...this.#instances].filter((instance) => instance.isBusy).length
  }

  get instanceCount(): number {
    return this.#instances.size
  }

  /** Invokes the function with an event in JSON. */
  async invoke(event: string | Uint8Array): Promise<Answer | Refusal> {
    const payload = typeof event === 'string' ? Buffer.from(event) : event
    if (payload.byteLength >= REQUEST_BYTES_MAX) return REQUEST_TOO_LARGE
    const instance = this.#idle.pop() ?? this.#startInstance()
    if (instance === undefined) {
      this.counts.throttles++
      return THROTTLED
    }
    this.counts.invocations++
    return instance.invoke({ requestId: randomUUID(), payload })
  }

  /** Resolves when a process begins an invocation. */
  nextInvocation(): Promise<StartedInvocation> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Ends all processes that are in an invocation. @returns how many */
  killBusy(): number {
    const busy = [...this.#instances].filter((instance) => instance.isBusy)
    for (const instance of busy) instance.kill()
    return busy.length
  }

  /** Ends all processes, so the next invocation begins with a cold start. @returns how many */
  killAll(): number {
    const count = this.#instances.size
    for (const instance of this.#instances) instance.kill()
    this.#idle.length = 0
    return count
  }

  /** Ends all processes, busy or not. */
  async close(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.close()))
  }

  #startInstance(): Instance | undefined {
    const { name, concurrencyMax } = this.settings
    if (this.#instances.size >= concurrencyMax) return undefined
    this.counts.coldStarts++
    const instance: Instance = new Instance(this.settings, this.#environment(), {
      started: (invocation) => {
        for (const resolve of this.#waiting.splice(0)) resolve(invocation)
      },
      idle: () => this.#idle.push(instance),
      ended: () => {
        this.#instances.delete(instance)
        const place = this.#idle.indexOf(instance)
        if (place >= 0) this.#idle.splice(place, 1)
      },
      reported: (report) => this.#options.report?.(report),
      line: (line) => this.#options.log?.(`${name}: ${line}`),
    })
    this.#instances.add(instance)
    return instance
  }

  #environment(): Record<string, string> {
    const { name, folder, handler, environment, memoryMb } = this.settings
    const { credentials } = this.#options
    return {
      ...environment,
      PATH: process.env.PATH ?? '',
      AWS_REGION: environment.AWS_REGION ?? 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
    }
  }
}
