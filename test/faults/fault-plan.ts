import { UnavailableError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'

/**
 * What may happen to a request: it never arrives; it is throttled; it is done, but the reply is
 * lost; or it is done, the reply is lost, and the client's own retry does it again.
 */
export type Fault = 'fail_before' | 'throttle' | 'fail_after' | 'repeat'

/** Probability of each fault per request; the sum is at most 1. Omitted faults never happen. */
export type FaultRates = { readonly [fault in Fault]?: number }

export type FaultRecord = { readonly request: number; readonly what: string; readonly fault: Fault | 'none' }

export type FaultOptions = {
  /** Source of all decisions: the same seed and requests give the same faults. */
  readonly random: Random
  readonly rates: FaultRates
  /** Most turns of the event loop that a request waits before it is done, and again before it is answered. */
  readonly delayTurnsMax?: number
}

/** Decides what happens to requests. */
export interface RequestPlan {
  /** Does a request or makes it fail. */
  run<T>(what: string, request: () => Promise<T>): Promise<T>
  /** Returns true with probability `rate`, for faults of one kind of store only. */
  happens(rate: number): boolean
}

/** Makes requests fail at random. */
export class FaultPlan implements RequestPlan {
  /** All requests so far, for a failing test to print. */
  readonly log: FaultRecord[] = []
  rates: FaultRates
  readonly #random: Random
  readonly #delayTurnsMax: number

  constructor(options: FaultOptions) {
    this.#random = options.random
    this.rates = options.rates
    this.#delayTurnsMax = options.delayTurnsMax ?? 0
  }

  /**
   * Does a request or makes it fail, at random.
   *
   * @throws {UnavailableError} `injected_fault`
   */
  async run<T>(what: string, request: () => Promise<T>): Promise<T> {
    const fault = this.#draw()
    this.log.push({ request: this.log.length, what, fault })
    await this.#delay()
    if (fault === 'fail_before' || fault === 'throttle') throw injected(fault, what)
    let outcome = await request()
    if (fault === 'repeat') outcome = await request()
    await this.#delay()
    if (fault === 'fail_after') throw injected(fault, what)
    return outcome
  }

  happens(rate: number): boolean {
    return this.#random.number() < rate
  }

  #draw(): Fault | 'none' {
    let point = this.#random.number()
    for (const fault of ['fail_before', 'throttle', 'fail_after', 'repeat'] as const) {
      point -= this.rates[fault] ?? 0
      if (point < 0) return fault
    }
    return 'none'
  }

  async #delay(): Promise<void> {
    const turns = Math.floor(this.#random.number() * (this.#delayTurnsMax + 1))
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
  }
}

function injected(fault: Fault, what: string): UnavailableError {
  return new UnavailableError(fault === 'throttle' ? 'throttled' : 'injected_fault', `${fault} of ${what}`)
}
