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
 * What has to be done before a value is known: the ranges to read in one round and what follows from them, or, without
 * ranges, one step of work that takes long. Planning is synchronous and does no I/O; {@link carryOut} does it. A plan is carried out once.
 */
export class Needs<T> {
  /** None: the next step of work. */
  readonly reads: readonly Read[]
  /** Goes on with what was decoded, in the order of `reads`. */
  readonly next: (decoded: readonly unknown[]) => Plan<T>

  constructor(reads: readonly Read[], next: (decoded: readonly unknown[]) => Plan<T>) {
    this.reads = reads
    this.next = next
  }
}

/** A value, if the caches hold all that it follows from, or else what has to be done first. */
export type Plan<T> = T | Needs<T>

/** Whether the next thing that a plan needs is a step of work. */
function isStep<T>(plan: Plan<T>): plan is Needs<T> {
  return plan instanceof Needs && plan.reads.length === 0
}

/**
 * Work that takes long, and the plan that follows from it. A step runs up to the next `yield`, and other requests get their
 * turns in between: yield every 100 microseconds or so.
 */
export function inSteps<T>(steps: Generator<void, Plan<T>>): Plan<T> {
  const step: Needs<T> = new Needs([], () => {
    const { done, value } = steps.next()
    return done === true ? value : step
  })
  return step
}

/** A plan that is made in a step of its own. */
export function later<T>(make: () => Plan<T>): Plan<T> {
  return new Needs([], make)
}

/** The parts of a long list, planned and done part by part; what they have to read shares its rounds. */
export function inChunks<T, R>(all: readonly T[], size: number, planOf: (some: readonly T[]) => Plan<R[]>): Plan<R[]> {
  if (all.length <= size) return planOf(all)
  const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, c) =>
    later(() => planOf(all.slice(c * size, (c + 1) * size))),
  )
  return whenRead(allRead(chunks), (done) => done.flat() as R[])
}

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
  return plans.some(isStep) ? inSteps(takeSteps(plans.slice())) : readTogether(plans)
}

/** Takes the steps of one plan after the other, up to what each has to read. */
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

/** Takes steps to their end; others may get their turns in between. */
export type TakeSteps = <R>(steps: Generator<void, R>) => Promise<R>

/**
 * Carries a plan out: one round of parallel requests after another, and the steps of work between them, until its value
 * is known.
 *
 * @param take takes the steps, of decoding too; without it they are taken one after the other
 * @throws what the first read of a round fails with
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

/** Makes a plan and takes its steps, up to what it has to read or its value. */
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

async function readOne(store: ObjectStore, { key, range, decode, isAgain }: Read, take: TakeSteps): Promise<unknown> {
  const decodeInTurn = (bytes: Uint8Array) => take(stepsOf(() => decode(bytes)))
  if (isAgain) return decodeInTurn(await readAgain(store, key, range))
  return readVerified(store, { key, range }, decodeInTurn)
}
