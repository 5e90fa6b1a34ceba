import { createHash } from 'node:crypto'

/** What has been found wrong: a promise of the design that a run broke. */
export class Violation extends Error {}

type Event = { readonly atMs: number; readonly order: number; readonly action: () => void }

/** Steps of one run: a seed that needs more has an actor that never ends. */
export const STEPS_MAX = 200_000

/**
 * The only thing that makes anything happen in a simulation. Events happen one
 * after another in the order of their simulated times; between two of them
 * everything that needs no further event is done to its end.
 *
 * Nothing here waits for the machine: the one turn of the event loop between two
 * events is taken when all microtasks are done, and no I/O is under way that could come in between.
 */
export class Scheduler {
  readonly trace: string[] = []
  readonly #keepsTrace: boolean
  readonly #hash = createHash('sha256')
  #heap: Event[] = []
  #order = 0
  #nowMs = 0
  #steps = 0

  constructor(options: { readonly keepsTrace: boolean }) {
    this.#keepsTrace = options.keepsTrace
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that have happened. Whatever happens between two has the number of the first. */
  get step(): number {
    return this.#steps
  }

  /** Lets something happen once the time has come. */
  after(delayMs: number, action: () => void): void {
    this.#push({ atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, action })
  }

  /** One line of what happened. Two runs that did the same have the same lines. */
  log(line: () => string): void {
    const text = `${this.#nowMs.toFixed(1).padStart(12)} ${line()}`
    this.#hash.update(`${text}\n`)
    if (this.#keepsTrace) this.trace.push(text)
  }

  /** Of all lines so far; ends the run. */
  digest(): string {
    return this.#hash.digest('hex')
  }

  /** Runs until nothing is left to happen. @param afterStep looks at what a step has changed */
  async run(afterStep: () => Promise<void>): Promise<void> {
    for (let event = this.#pop(); event; event = this.#pop()) {
      this.#nowMs = Math.max(this.#nowMs, event.atMs)
      this.#steps++
      if (this.#steps > STEPS_MAX) throw new Violation(`the run does not end: ${STEPS_MAX} steps`)
      event.action()
      await microtasksDone()
      await afterStep()
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

/** Resolves when no microtask is left, however many each of them brings along. */
export function microtasksDone(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
