import type { Random } from '../../../core/random.ts'

/** What may happen in one run, and how often. Each seed draws its own, so that some runs are calm but for one thing. */
export type Settings = {
  readonly processCount: number
  readonly clientsPerProcess: number
  readonly shardCount: number
  /** Ids that all writers write to. */
  readonly idCount: number
  /** What clients do, all together. */
  readonly operationCount: number
  /** A client of a process does so many of them at once. */
  readonly atOnce: number
  /** Usual time on the way of a request or its reply. */
  readonly latencyMs: number
  /** A client of a process thinks so long between two operations, at most. */
  readonly thinkMs: number
  readonly backgroundCompaction: boolean
  /** Whether processes do the upkeep as `prism serve` does it: the one of them that has the lease. */
  readonly upkeep: boolean
  /** Chances per request in [0, 1]. Requests for objects meet them a third as often. */
  readonly slow: number
  readonly lostRequest: number
  readonly lostReply: number
  readonly throttled: number
  readonly repeated: number
  readonly zombie: number
  readonly crash: number
  readonly stall: number
  /** Chance that a read which need not be consistent answers a former state. */
  readonly staleRead: number
  /** Relative weights of what clients do, by the actor's name. */
  readonly weights: { readonly [actor: string]: number }
}

/** A random number of one of several kinds of help. */
export class Chance {
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  happens(rate: number): boolean {
    return this.random.number() < rate
  }

  below(count: number): number {
    return Math.floor(this.random.number() * count)
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  weighted(weights: { readonly [name: string]: number }): string {
    const entries = Object.entries(weights)
    let point = this.random.number() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      point -= weight
      if (point < 0) return name
    }
    return entries.at(-1)![0]
  }
}

/** Draws the settings of a seed. @param weights of the actors there are; each may be left out or come often */
export function drawSettings(chance: Chance, weights: Settings['weights']): Settings {
  const rate = (values: readonly number[]) => chance.oneOf(values)
  const upkeep = chance.happens(0.4)
  return {
    processCount: 2 + chance.below(3),
    clientsPerProcess: 1 + chance.below(3),
    shardCount: chance.oneOf([1, 1, 1, 2]),
    idCount: chance.oneOf([1, 3, 8]),
    operationCount: 40 + chance.below(60),
    atOnce: chance.oneOf([1, 1, 4]),
    latencyMs: chance.oneOf([2, 10, 40]),
    // A lease changes hands in half a minute.
    thinkMs: upkeep ? chance.oneOf([300, 20_000]) : chance.oneOf([0, 20, 300]),
    backgroundCompaction: chance.happens(0.5),
    upkeep,
    slow: rate([0, 0.05, 0.2]),
    lostRequest: rate([0, 0, 0.02, 0.1]),
    lostReply: rate([0, 0, 0.05, 0.3]),
    throttled: rate([0, 0, 0.1]),
    repeated: rate([0, 0.05, 0.3]),
    zombie: rate([0, 0, 0.03, 0.15]),
    crash: rate([0, 0, 0.005, 0.02]),
    stall: rate([0, 0, 0.005, 0.02]),
    staleRead: rate([0, 0.3]),
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [name, weight * chance.oneOf([0.2, 1, 1, 3])]),
    ),
  }
}
