import type { ClusterNode } from '../../../core/cluster/cluster-node.ts'
import type { NodeTransport } from '../../../core/cluster/node-transport.ts'
import { OutcomeUnknownError, UnavailableError } from '../../../core/errors.ts'
import type { Chance } from './chance.ts'
import type { Network } from './network.ts'
import type { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** After so long a connection of which nothing is heard breaks, if the sender has not given up before. */
const CUT_MS_MAX = 3000
/** How late a request may be read by a process that was busy or stopped, after its sender has gone. */
const LATE_MS = [200, 5_000, 600_000, 5 * 3_600_000]

/**
 * What lies between nodes: connections that are refused, break before the request is read, or after, or when it is done.
 * What is sent arrives once at most, as TCP has it; a process that is stopped reads it when it goes on.
 */
export class NodeNetwork {
  readonly #scheduler: Scheduler
  readonly #chance: Chance
  readonly #network: Network
  readonly #listening = new Map<string, { readonly process: SimProcess; readonly node: ClusterNode }>()

  constructor(scheduler: Scheduler, chance: Chance, network: Network) {
    this.#scheduler = scheduler
    this.#chance = chance
    this.#network = network
  }

  listen(address: string, process: SimProcess, node: ClusterNode): void {
    this.#listening.set(address, { process, node })
  }

  /** The network as one process sees it. */
  of(sender: SimProcess): NodeTransport {
    return { send: (address, _, request, signal) => this.#send(sender, address, request, signal) }
  }

  #send(sender: SimProcess, address: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { settings } = this.#network
    if (!sender.isAlive) return new Promise(() => undefined)
    if (this.#chance.happens(settings.stall)) sender.stall()
    const what = `${sender.name} forwards to ${address}`
    return new Promise((resolve, reject) => {
      const reply = (note: string, outcome: () => void, afterMs = this.#latency()) => {
        this.#scheduler.after(afterMs, () =>
          sender.reach(() => {
            this.#scheduler.log(() => `${what} → ${note}`)
            outcome()
          }),
        )
      }
      const refuse = () => reply('refused', () => reject(new UnavailableError('node_unreachable', `${what}: refused`)))
      const cut = () => reply('cut', () => reject(unknown(what)), CUT_MS_MAX * this.#chance.random.number())
      const arrive = (afterMs: number, isAnswered: boolean) => {
        this.#scheduler.after(afterMs, () => {
          const target = this.#listening.get(address)
          if (!target?.process.isAlive) return refuse()
          target.process.reach(() => {
            this.#scheduler.log(() => `${what}: ${target.process.name} reads it`)
            void target.node.answer(request).then((answer) => {
              // A process that crashed meanwhile answers nothing.
              if (isAnswered && target.process.isAlive) reply(`${answer.length} bytes`, () => resolve(answer))
            })
          })
        })
      }
      signal.addEventListener('abort', () => reject(unknown(what)))
      if (this.#chance.happens(settings.throttled)) return refuse()
      if (this.#chance.happens(settings.lostRequest)) return cut()
      if (this.#chance.happens(settings.zombie)) {
        arrive(this.#chance.oneOf(LATE_MS) * (0.3 + this.#chance.random.number()), false)
        return cut()
      }
      if (this.#chance.happens(settings.lostReply)) {
        arrive(this.#latency(), false)
        return cut()
      }
      return arrive(this.#latency(), true)
    })
  }

  #latency(): number {
    const { latencyMs, slow } = this.#network.settings
    const usual = latencyMs * (0.2 + 1.6 * this.#chance.random.number())
    return this.#chance.happens(slow) ? usual * this.#chance.oneOf([5, 20, 60]) : usual
  }
}

function unknown(what: string): OutcomeUnknownError {
  return new OutcomeUnknownError('outcome_unknown', `${what}: the connection broke`)
}
