import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import { LimitExceededError } from '../../errors.ts'
import { WINDOW_SIZE, WINDOW_WORDS, type WindowBits } from './window.ts'

/** Memory that the windows of one search may take: four thousand clauses take some 75 MB. */
const ARENA_BYTES_MAX = 128 * 1024 * 1024
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

  /** Takes all arrays back. Nodes that hold some must not be used any more. */
  reset(): void {
    this.#bitsTaken = 0
    this.#scoresTaken = 0
    this.#blocksTaken = 0
  }

  /** Frees what an ordinary search does not need. */
  trim(): void {
    for (const arrays of [this.#bits, this.#scores, this.#blocks]) arrays.splice(KEPT_ARRAYS)
    this.reset()
  }

  bits(): WindowBits {
    this.#bits[this.#bitsTaken] ??= new Uint32Array(WINDOW_WORDS)
    return this.#bits[this.#bitsTaken++]!
  }

  scores(): Float64Array {
    if (this.#scoresTaken * WINDOW_SIZE * 8 > ARENA_BYTES_MAX) {
      const message = `the query takes more than ${ARENA_BYTES_MAX} bytes of memory to score; use fewer words or name fewer fields`
      throw new LimitExceededError('query_too_large', message, { details: { limit: ARENA_BYTES_MAX } })
    }
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
export function takeArena(): WindowArena {
  return idleArenas.pop() ?? new WindowArena()
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
