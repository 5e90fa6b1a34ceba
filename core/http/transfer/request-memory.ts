import { ByteBudget } from '../../byte-budget.ts'

/** Bytes of the bodies of all requests under way, packed and unpacked, from their first byte until they are answered: four of the largest. */
export const BODIES_BYTES_MAX = 128 * 1024 * 1024
/** Bytes of answers that their clients have not taken yet. */
export const ANSWERS_BYTES_MAX = 128 * 1024 * 1024
/** Of each, what is left for requests that hold no more than {@link SMALL_BYTES}: large ones cannot shut out searches. */
const RESERVED_SHARE = 1 / 8
const SMALL_BYTES = 64 * 1024

/** What the requests of one process may hold, whatever serves them. */
export type RequestMemory = { readonly bodies: ByteBudget; readonly answers: ByteBudget }

/** Budgets for all requests of a process. Defaults: {@link BODIES_BYTES_MAX} and {@link ANSWERS_BYTES_MAX}. */
export function requestMemory(
  bodiesBytesMax: number = BODIES_BYTES_MAX,
  answersBytesMax: number = ANSWERS_BYTES_MAX,
): RequestMemory {
  return {
    bodies: new ByteBudget(bodiesBytesMax, 'bodies of requests under way'),
    answers: new ByteBudget(answersBytesMax, 'answers that clients are reading'),
  }
}

/** What one request holds of a budget. */
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
