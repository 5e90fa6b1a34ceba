import { ByteBudget } from '../../byte-budget.ts'

/** Maximum bytes of the bodies of all running requests, compressed and decompressed, until they are answered: four of the largest. */
export const BODIES_BYTES_MAX = 128 * 1024 * 1024
/** Maximum bytes of answers that clients have not read yet. */
export const ANSWERS_BYTES_MAX = 128 * 1024 * 1024
/** Share of each budget reserved for requests of at most {@link SMALL_BYTES}, so that large ones cannot block searches. */
const RESERVED_SHARE = 1 / 8
const SMALL_BYTES = 64 * 1024

/** Memory budgets for all requests of a process. */
export type RequestMemory = { readonly bodies: ByteBudget; readonly answers: ByteBudget }

/** Creates the budgets of a process. Defaults: {@link BODIES_BYTES_MAX} and {@link ANSWERS_BYTES_MAX}. */
export function requestMemory(
  bodiesBytesMax: number = BODIES_BYTES_MAX,
  answersBytesMax: number = ANSWERS_BYTES_MAX,
): RequestMemory {
  return {
    bodies: new ByteBudget(bodiesBytesMax, 'bodies of requests under way'),
    answers: new ByteBudget(answersBytesMax, 'answers that clients are reading'),
  }
}

/** The bytes that one request takes from a budget. */
export class Holding {
  readonly #budget: ByteBudget
  readonly #reserved: number
  #byteSize = 0

  get byteSize(): number {
    return this.#byteSize
  }

  constructor(budget: ByteBudget) {
    this.#budget = budget
    this.#reserved = budget.max * RESERVED_SHARE
  }

  /** @throws {UnavailableError} 'overloaded' */
  take(byteSize: number): void {
    this.#budget.take(byteSize, this.#byteSize + byteSize > SMALL_BYTES ? this.#reserved : 0)
    this.#byteSize += byteSize
  }

  give(byteSize: number): void {
    this.#budget.give(byteSize)
    this.#byteSize -= byteSize
  }

  /** Releases all of it. A second call does no harm. */
  release(): void {
    this.give(this.#byteSize)
  }
}
