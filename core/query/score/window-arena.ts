import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import type { MemoryAllowance } from '../../memory-allowance.ts'
import { WINDOW_SIZE, WINDOW_WORDS, type WindowBits } from './window.ts'

/** Memory of one array of scores. */
const SCORES_BYTES = WINDOW_SIZE * 8
/** Arrays of scores that are made in one step. */
const STEP_ARRAYS = 4
/** Arrays of each kind that an arena keeps for the next search. */
const KEPT_ARRAYS = 256
/** Arenas that are kept: as many searches as usually take turns. */
const KEPT_ARENAS = 8

/**
 * The arrays that the nodes of one search hold, used again from segment to segment: zeroing fresh ones would cost a warm
 * search of rare terms more than its scoring. A search has an arena to itself from its first segment to its last, so
 * that searches can take turns.
 */
export class WindowArena {
  readonly #bits: WindowBits[] = []
  readonly #scores: Float64Array[] = []
  readonly #blocks: Uint32Array[] = []
  #bitsTaken = 0
  #scoresTaken = 0
  #blocksTaken = 0
  #memory: MemoryAllowance | undefined
  /** The most arrays of scores that a segment took, which count as what the request holds. */
  #scoresCounted = 0

  /** Begins a search, whose request may hold so much. */
  begin(memory: MemoryAllowance): void {
    this.#memory = memory
  }

  /** Takes all arrays back. Nodes that hold some must not be used any more. */
  reset(): void {
    this.#bitsTaken = 0
    this.#scoresTaken = 0
    this.#blocksTaken = 0
  }

  /** Ends a search, and frees what an ordinary one does not need. */
  trim(): void {
    for (const arrays of [this.#bits, this.#scores, this.#blocks]) arrays.splice(KEPT_ARRAYS)
    this.#memory?.give(this.#scoresCounted * SCORES_BYTES)
    this.#scoresCounted = 0
    this.#memory = undefined
    this.reset()
  }

  bits(): WindowBits {
    this.#bits[this.#bitsTaken] ??= new Uint32Array(WINDOW_WORDS)
    return this.#bits[this.#bitsTaken++]!
  }

  /**
   * Makes as many arrays of scores as nodes will take, in steps: those of the largest queries take half a second.
   *
   * @throws {LimitExceededError} 'budget_exceeded' before anything is made
   */
  *makeScores(count: number): Generator<void, void> {
    this.#count(count)
    while (this.#scores.length < count) {
      this.#scores.push(new Float64Array(WINDOW_SIZE))
      if (this.#scores.length % STEP_ARRAYS === 0) yield
    }
  }

  /** Scores take most of what an arena has: others are not counted. */
  #count(scores: number): void {
    if (scores <= this.#scoresCounted) return
    this.#memory?.take((scores - this.#scoresCounted) * SCORES_BYTES)
    this.#scoresCounted = scores
  }

  /** @throws {LimitExceededError} 'budget_exceeded' */
  scores(): Float64Array {
    this.#count(this.#scoresTaken + 1)
    this.#scores[this.#scoresTaken] ??= new Float64Array(WINDOW_SIZE)
    return this.#scores[this.#scoresTaken++]!
  }

  block(): Uint32Array {
    this.#blocks[this.#blocksTaken] ??= new Uint32Array(BLOCK_SIZE)
    return this.#blocks[this.#blocksTaken++]!
  }
}

const idleArenas: WindowArena[] = []
/** The arena of the search whose nodes are being made; making them is synchronous. */
let current: WindowArena | undefined

/** An arena for one search, to be given back by {@link returnArena}. */
export function takeArena(memory: MemoryAllowance): WindowArena {
  const arena = idleArenas.pop() ?? new WindowArena()
  arena.begin(memory)
  return arena
}

/** Gives an arena back for the next search, unless enough are kept. */
export function returnArena(arena: WindowArena): void {
  arena.trim()
  if (idleArenas.length < KEPT_ARENAS) idleArenas.push(arena)
}

/** Runs `make`, which makes nodes, with their arrays out of an arena. */
export function withArena<T>(arena: WindowArena, make: () => T): T {
  current = arena
  try {
    return make()
  } finally {
    current = undefined
  }
}

/** Bits with any content: they are written before they are read. */
export function newBits(): WindowBits {
  return current?.bits() ?? new Uint32Array(WINDOW_WORDS)
}

/** Scores with any content: they only mean something where a bit is set. */
export function newScores(): Float64Array {
  return current?.scores() ?? new Float64Array(WINDOW_SIZE)
}

/** Room for one decoded block of postings, with any content. */
export function newBlock(): Uint32Array {
  return current?.block() ?? new Uint32Array(BLOCK_SIZE)
}
