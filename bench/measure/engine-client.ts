import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { ENGINES } from '../engines/engine-names.ts'
import type { EngineReply, EngineRequest } from './engine-messages.ts'

/** The parent's side of an engine process, which takes one task at a time. */
export class EngineClient {
  readonly #child: ChildProcess

  /**
   * @param engine the engine that the process will run, which determines its heap size
   * @param profileFolder folder for a CPU profile. Default: no profile
   */
  constructor(engine: string, profileFolder?: string) {
    const script = new URL(`./engine-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
    const heapMb = ENGINES[engine]?.heapMb
    const execArgv = [
      ...(heapMb ? [`--max-old-space-size=${heapMb}`] : []),
      ...(profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []),
    ]
    this.#child = fork(script, { execArgv, serialization: 'advanced' })
  }

  /** Runs a task. @throws {Error} if the engine fails, its process ends, or the task takes longer than `timeoutMs` */
  async ask<Result>(request: EngineRequest, timeoutMs = 600_000): Promise<Result> {
    const signal = AbortSignal.timeout(timeoutMs)
    const done = new AbortController()
    const either = AbortSignal.any([signal, done.signal])
    try {
      this.#child.send(request)
      const first = await Promise.race([
        once(this.#child, 'message', { signal: either }),
        once(this.#child, 'exit', { signal: either }).then(([code, cause]) => {
          throw new Error(`the engine's process ended with ${code ?? cause}`)
        }),
      ])
      const reply = first[0] as EngineReply
      if ('error' in reply) throw new Error(reply.error)
      return reply.result as Result
    } catch (error) {
      this.#child.kill('SIGKILL')
      throw signal.aborted ? new Error(`took longer than ${Math.round(timeoutMs / 1_000)} s`) : error
    } finally {
      done.abort()
    }
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit')
    await this.ask({ task: 'close' })
    await exit
  }
}
