import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import { readAgain, readVerified } from '../../storage/read-verified.ts'

/** A range of an object, and what becomes of its bytes. */
export type Read<T = unknown> = {
  readonly key: string
  readonly range: ByteRange
  /** Verifies the bytes, decodes them and keeps what was decoded. @throws {CorruptDataError} for bytes that were not written so */
  readonly decode: (bytes: Uint8Array) => T
  /** Whether bytes of the object failed their checksum: then caches drop it and are passed by. */
  readonly isAgain?: boolean
}

/**
 * What has to be read before a value is known: the ranges of one round, and what follows from them. Planning is
 * synchronous and does no I/O; {@link carryOut} does it.
 */
export class Needs<T> {
  readonly reads: readonly Read[]
  /** Goes on with what was decoded, in the order of `reads`. */
  readonly next: (decoded: readonly unknown[]) => Plan<T>

  constructor(reads: readonly Read[], next: (decoded: readonly unknown[]) => Plan<T>) {
    this.reads = reads
    this.next = next
  }
}

/** A value, if the caches hold all that it follows from, or else what has to be read first. */
export type Plan<T> = T | Needs<T>

/** Reads some ranges in one round and goes on with what was decoded. */
export function afterReads<T, R>(reads: readonly Read<T>[], next: (decoded: readonly T[]) => Plan<R>): Plan<R> {
  if (reads.length === 0) return next([])
  return new Needs(reads, next as (decoded: readonly unknown[]) => Plan<R>)
}

/** Goes on with the value of a plan, at once if it is known. */
export function whenRead<T, R>(plan: Plan<T>, next: (value: T) => Plan<R>): Plan<R> {
  if (!(plan instanceof Needs)) return next(plan)
  return new Needs(plan.reads, (decoded) => whenRead(plan.next(decoded), next))
}

/** The values of several plans, which share their rounds. */
export function allRead<T extends readonly unknown[]>(plans: readonly [...{ [K in keyof T]: Plan<T[K]> }]): Plan<T>
export function allRead<T>(plans: readonly Plan<T>[]): Plan<T[]>
export function allRead<T>(plans: readonly Plan<T>[]): Plan<T[]> {
  if (!plans.some((plan) => plan instanceof Needs)) return plans as T[]
  return new Needs(
    plans.flatMap((plan) => (plan instanceof Needs ? plan.reads : [])),
    (decoded) => {
      let at = 0
      return allRead(
        plans.map((plan) => {
          if (!(plan instanceof Needs)) return plan
          const from = at
          at += plan.reads.length
          return plan.next(decoded.slice(from, at))
        }),
      )
    },
  )
}

/**
 * Carries a plan out: one round of parallel requests after another, until its value is known.
 *
 * @throws what the first read of a round fails with
 */
export async function carryOut<T>(store: ObjectStore, plan: Plan<T>): Promise<T> {
  let current = plan
  while (current instanceof Needs)
    current = current.next(await Promise.all(current.reads.map((read) => readOne(store, read))))
  return current
}

async function readOne(store: ObjectStore, { key, range, decode, isAgain }: Read): Promise<unknown> {
  if (isAgain) return decode(await readAgain(store, key, range))
  return readVerified(store, { key, range }, decode)
}
