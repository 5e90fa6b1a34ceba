import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import { readAgain, readVerified } from '../../storage/read-verified.ts'

/** A range of an object, and how to decode its bytes. */
export type Read<T = unknown> = {
  readonly key: string
  readonly range: ByteRange
  /** Verifies and decodes the bytes, and caches the result. @throws {CorruptDataError} for damaged bytes */
  readonly decode: (bytes: Uint8Array) => T
  /** Whether cached bytes of the object failed their checksum. The read then makes caches drop the object and bypasses them. */
  readonly isReread?: boolean
}

/**
 * What has to be done before a value is known: ranges to read in one round and what to do with them, or, without
 * ranges, one step of a long computation. Planning is synchronous and does no I/O; {@link carryOut} does the I/O. A plan can be carried
 * out only once.
 */
export class Needs<T> {
  /** Empty for a step of computation. */
  readonly reads: readonly Read[]
  /** Continues with the decoded values, in the order of `reads`. */
  readonly next: (decoded: readonly unknown[]) => Plan<T>

  constructor(reads: readonly Read[], next: (decoded: readonly unknown[]) => Plan<T>) {
    this.reads = reads
    this.next = next
  }
}

/** A value if the caches hold everything that it needs, otherwise what has to be done first. */
export type Plan<T> = T | Needs<T>

/** Whether the next thing that a plan needs is a step of computation. */
function isStep<T>(plan: Plan<T>): plan is Needs<T> {
  return plan instanceof Needs && plan.reads.length === 0
}

/**
 * A long computation, and the plan that it returns. A step runs up to the next `yield`; other requests get their
 * turns between steps, so yield every 100 µs or so.
 */
export function inSteps<T>(steps: Generator<void, Plan<T>>): Plan<T> {
  const step: Needs<T> = new Needs([], () => {
    const { done, value } = steps.next()
    return done === true ? value : step
  })
  return step
}

/** A plan that is made in its own step. */
export function later<T>(make: () => Plan<T>): Plan<T> {
  return new Needs([], make)
}

/** Plans a long list in chunks of `size`, one chunk per step. The reads of all chunks share their rounds. */
export function inChunks<T, R>(all: readonly T[], size: number, planOf: (some: readonly T[]) => Plan<R[]>): Plan<R[]> {
  if (all.length <= size) return planOf(all)
  const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, c) =>
    later(() => planOf(all.slice(c * size, (c + 1) * size))),
  )
  return whenRead(allRead(chunks), (done) => done.flat() as R[])
}

/** Reads ranges in one round and continues with the decoded values. */
export function afterReads<T, R>(reads: readonly Read<T>[], next: (decoded: readonly T[]) => Plan<R>): Plan<R> {
  if (reads.length === 0) return next([])
  return new Needs(reads, next as (decoded: readonly unknown[]) => Plan<R>)
}

/** Continues with the value of a plan, immediately if the value is known. */
export function whenRead<T, R>(plan: Plan<T>, next: (value: T) => Plan<R>): Plan<R> {
  if (!(plan instanceof Needs)) return next(plan)
  return new Needs(plan.reads, (decoded) => whenRead(plan.next(decoded), next))
}

/** Carries out several plans in shared rounds and gives their values. */
export function allRead<T extends readonly unknown[]>(plans: readonly [...{ [K in keyof T]: Plan<T[K]> }]): Plan<T>
export function allRead<T>(plans: readonly Plan<T>[]): Plan<T[]>
export function allRead<T>(plans: readonly Plan<T>[]): Plan<T[]> {
  if (!plans.some((plan) => plan instanceof Needs)) return plans as T[]
  return plans.some(isStep) ? inSteps(takeSteps(plans.slice())) : readTogether(plans)
}

/** Takes the steps of each plan in turn, up to its next reads. */
function* takeSteps<T>(plans: Plan<T>[]): Generator<void, Plan<T[]>> {
  for (let p = 0; p < plans.length; p++) {
    for (let plan = plans[p]!; isStep(plan); plan = plans[p]!) {
      plans[p] = plan.next([])
      yield
    }
  }
  return allRead(plans)
}

function readTogether<T>(plans: readonly Plan<T>[]): Plan<T[]> {
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

/** Takes steps to their end. Other requests may get their turns between steps. */
export type TakeSteps = <R>(steps: Generator<void, R>) => Promise<R>

/**
 * Carries out a plan: rounds of parallel requests, with the steps of computation between them, until the plan's value
 * is known.
 *
 * @param take takes the steps, including those of decoding. Default: without pause
 * @throws the error of the first failed read of a round
 */
export async function carryOut<T>(store: ObjectStore, plan: Plan<T>, take: TakeSteps = takeAtOnce): Promise<T> {
  let current = isStep(plan) ? await take(stepsOf(() => plan)) : plan
  while (current instanceof Needs) {
    const { reads, next } = current
    const decoded = await Promise.all(reads.map((read) => readOne(store, read, take)))
    current = await take(stepsOf(() => next(decoded)))
  }
  return current
}

/** Makes a plan and takes its steps, up to its next reads or its value. */
export function* stepsOf<T>(make: () => Plan<T>): Generator<void, Plan<T>> {
  let current = make()
  while (isStep(current)) {
    yield
    current = current.next([])
  }
  return current
}

async function takeAtOnce<R>(steps: Generator<void, R>): Promise<R> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

async function readOne(store: ObjectStore, { key, range, decode, isReread }: Read, take: TakeSteps): Promise<unknown> {
  const decodeInTurn = (bytes: Uint8Array) => take(stepsOf(() => decode(bytes)))
  if (isReread) return decodeInTurn(await readAgain(store, key, range))
  return readVerified(store, { key, range }, decodeInTurn)
}
