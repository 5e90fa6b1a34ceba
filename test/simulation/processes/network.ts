import { PrismError, UnavailableError } from '../../../core/errors.ts'
import type { Chance, Settings } from './chance.ts'
import type { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** A client waits so long for a reply before it gives the request up. */
const TIMEOUT_MS = 3000
/** How late a request may arrive that its client has given up. */
const ZOMBIE_MS = [200, 5_000, 600_000, 5 * 3_600_000]
/** Requests for objects fail a third as often as those for rows: a write makes many of them, and would never get to its commit. */
const OBJECTS_SHARE = 1 / 3

export type RequestKind = 'row' | 'object'

type Fate = 'arrives' | 'lost' | 'reply lost' | 'throttled' | 'repeated' | 'twin' | 'zombie'

/**
 * What lies between processes and the two places: decides for each request when it
 * arrives, whether at all, whether twice, and what its client hears of it. Each
 * arrival is done in one step, as the places do it.
 */
export class Network {
  readonly #scheduler: Scheduler
  readonly #chance: Chance
  settings: Settings

  constructor(scheduler: Scheduler, chance: Chance, settings: Settings) {
    this.#scheduler = scheduler
    this.#chance = chance
    this.settings = settings
  }

  happens(rate: number): boolean {
    return this.#chance.happens(rate)
  }

  /**
   * Sends a request of a process.
   *
   * @param perform what the place does when it arrives; it needs no event
   * @throws {UnavailableError} in the process, when it gives up waiting
   */
  send<T>(process: SimProcess, what: string, kind: RequestKind, perform: () => Promise<T>): Promise<T> {
    const scale = kind === 'row' ? 1 : OBJECTS_SHARE
    const { crash, stall } = this.settings
    if (!process.isAlive) return new Promise(() => undefined)
    if (this.happens(crash * scale)) {
      const isSent = this.happens(0.5)
      process.crash()
      if (!isSent) return new Promise(() => undefined)
    }
    if (this.happens(stall * scale)) process.stall()
    const fate = this.#draw(scale)
    return new Promise((resolve, reject) => {
      const request = `${process.name} ${what}`
      const arrive = (delayMs: number, note: string, reply?: (outcome: () => void) => void) => {
        this.#scheduler.after(delayMs, () => {
          perform().then(
            (result) => {
              this.#scheduler.log(() => `${request}${note} → ${describe(result)}`)
              reply?.(() => resolve(result))
            },
            (error: unknown) => {
              this.#scheduler.log(() => `${request}${note} → ${nameOf(error)}`)
              reply?.(() => reject(error))
            },
          )
        })
      }
      const replyLater = (outcome: () => void) => this.#scheduler.after(this.#latency(), () => process.reach(outcome))
      const giveUp = (afterMs: number, code: string) => {
        this.#scheduler.after(afterMs, () =>
          process.reach(() => {
            this.#scheduler.log(() => `${request} given up: ${fate}`)
            reject(new UnavailableError(code, `${fate}: ${what}`))
          }),
        )
      }
      switch (fate) {
        case 'arrives':
          return arrive(this.#latency(), '', replyLater)
        case 'lost':
          return giveUp(TIMEOUT_MS, 'unavailable')
        case 'throttled':
          return giveUp(this.#latency() * 2, 'throttled')
        case 'reply lost':
          arrive(this.#latency(), ' (reply lost)')
          return giveUp(TIMEOUT_MS, 'unavailable')
        case 'repeated': {
          const first = this.#latency()
          arrive(first, ' (first of two)')
          return arrive(first + this.#latency(), ' (second of two)', replyLater)
        }
        case 'twin':
          // The client's own retry is answered, and its first try arrives after all, whenever.
          arrive(this.#latency(), ' (retry)', replyLater)
          return arrive(this.#zombieMs(), ' (late first try)')
        case 'zombie':
          arrive(this.#zombieMs(), ' (zombie)')
          return giveUp(TIMEOUT_MS, 'unavailable')
      }
    })
  }

  #draw(scale: number): Fate {
    const { lostRequest, lostReply, throttled, repeated, zombie } = this.settings
    let point = this.#chance.random.number() / scale
    const fates: readonly (readonly [Fate, number])[] = [
      ['lost', lostRequest],
      ['reply lost', lostReply],
      ['throttled', throttled],
      ['repeated', repeated * 0.7],
      ['twin', repeated * 0.3],
      ['zombie', zombie],
    ]
    for (const [fate, rate] of fates) {
      point -= rate
      if (point < 0) return fate
    }
    return 'arrives'
  }

  #latency(): number {
    const { latencyMs, slow } = this.settings
    const usual = latencyMs * (0.2 + 1.6 * this.#chance.random.number())
    return this.happens(slow) ? usual * this.#chance.oneOf([5, 20, 60]) : usual
  }

  #zombieMs(): number {
    return this.#chance.oneOf(ZOMBIE_MS) * (0.3 + this.#chance.random.number())
  }
}

function describe(result: unknown): string {
  if (result instanceof Uint8Array) return `${result.length} bytes`
  if (Array.isArray(result)) return `${result.length} found`
  if (typeof result === 'object' && result !== null) return 'found'
  return String(result ?? 'nothing')
}

function nameOf(error: unknown): string {
  return error instanceof PrismError ? error.code : String(error)
}
