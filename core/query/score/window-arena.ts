import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import type { MemoryAllowance } from '../../memory-allowance.ts'
import { WINDOW_SIZE, WINDOW_WORDS, type WindowBits } from './window.ts'

/** Bytes of one array of scores. */
const SCORES_BYTES = WINDOW_SIZE * 8
/** Arrays of scores allocated in one step. */
const STEP_ARRAYS = 4
/** Arrays of each kind that an arena keeps for the next search. */
const KEPT_ARRAYS = 256
/** Idle arenas that are kept: enough for the searches that usually run at the same time. */
const KEPT_ARENAS = 8

/**
 * The arrays of the nodes of one search, reused from segment to segment: allocating new ones would take a warm search of rare
 * terms longer than scoring. A search has its own arena from its first segment to its last, so that searches can take turns.
 */
export class WindowArena {
  readonly #bits: WindowBits[] = []
  readonly #scores: Float64Array[] = []
  readonly #blocks: Uint32Array[] = []
  #bitsTaken = 0
  #scoresTaken = 0
  #blocksTaken = 0
  #memory: MemoryAllowance | undefined
  /** The most arrays of scores that a segment took; their memory counts towards the request's allowance. */
  #scoresCounted = 0

  /** Begins a search, whose arrays count towards `memory`. */
  begin(memory: MemoryAllowance): void {
    this.#memory = memory
  }

  /** Takes all arrays back. Nodes that hold arrays must not be used afterwards. */
  reset(): void {
    this.#bitsTaken = 0
    this.#scoresTaken = 0
    this.#blocksTaken = 0
  }

  /** Ends a search, and frees the arrays beyond those that an ordinary search needs. */
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
   * Allocates `count` arrays of scores for the nodes of a segment, in steps: for the largest queries it takes half a second.
   *
   * @throws {LimitExceededError} 'budget_exceeded' before any array is allocated
   */
  *makeScores(count: number): Generator<void, void> {
    this.#count(count)
    while (this.#scores.length < count) {
      this.#scores.push(new Float64Array(WINDOW_SIZE))
      if (this.#scores.length % STEP_ARRAYS === 0) yield
    }
  }

  /** Counts only scores, which take most of an arena's memory. */
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
/** The arena of the search whose nodes are being made. Nodes are made synchronously. */
let current: WindowArena | undefined

/** Takes an arena for one search. The caller returns it with {@link returnArena}. */
export function takeArena(memory: MemoryAllowance): WindowArena {
  const arena = idleArenas.pop() ?? new WindowArena()
  arena.begin(memory)
  return arena
}

/** Returns an arena for the next search, unless enough are kept. */
export function returnArena(arena: WindowArena): void {
  arena.trim()
  if (idleArenas.length < KEPT_ARENAS) idleArenas.push(arena)
}

/** Runs `make`, and takes the arrays of the nodes that it makes from `arena`. */
export function withArena<T>(arena: WindowArena, make: () => T): T {
  current = arena
  try {
    return make()
  } finally {
    current = undefined
  }
}

/** Bits with undefined content: nodes write them before they read them. */
export function newBits(): WindowBits {
  return current?.bits() ?? new Uint32Array(WINDOW_WORDS)
}

/** Scores with undefined content: a score has a meaning only if the document's bit is set. */
export function newScores(): Float64Array {
  return current?.scores() ?? new Float64Array(WINDOW_SIZE)
}

/** Space for one decoded block of postings, with undefined content. */
export function newBlock(): Uint32Array {
  return current?.block() ?? new Uint32Array(BLOCK_SIZE)
}
