import type { Clock } from '../../clock.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Searches need little of a larger file, and decoding all of it takes long. */
const FILE_BYTES_MAX = 8 * 1024 * 1024
/** Bytes of the files that wait. They stay in memory until they are decoded. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024
/** Decoded units take about so many times the bytes of their file. The estimate decides whether there is room for them. */
const DECODED_FACTOR = 3
/** Milliseconds of decoding before other work gets its turn. */
const SLICE_MS = 1

/**
 * Decodes in idle moments the new segments that this process wrote and searches use. While documents are written, every
 * search meets new segments, and decoding what it needs takes longer than scoring.
 *
 * Reads nothing: the file must already be in memory. Decodes nothing if another unit would have to be evicted for it.
 */
export class DecodeAhead {
  readonly #clock: Clock
  readonly #memory: ObjectStore
  readonly #idle: () => Promise<void>
  readonly #seen = new WeakSet<SegmentReader>()
  readonly #waiting: { readonly reader: SegmentReader; readonly file: Uint8Array }[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined

  /**
   * @param memory a store that may hold segment files in memory; taking a file counts towards no request's cost
   * @param idle resolves when background work may run
   */
  constructor(clock: Clock, memory: ObjectStore, idle: () => Promise<void>) {
    this.#clock = clock
    this.#memory = memory
    this.#idle = idle
  }

  /** Notes that a search uses a segment. */
  use(reader: SegmentReader): void {
    const { byteSize } = reader.file
    if (this.#seen.has(reader) || this.#waitingBytes + byteSize > WAITING_BYTES_MAX) return
    this.#seen.add(reader)
    if (byteSize > FILE_BYTES_MAX) return
    const file = this.#memory.peek?.(reader.source)
    if (file?.length !== byteSize) return
    this.#waiting.push({ reader, file })
    this.#waitingBytes += byteSize
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is left to decode. */
  async drain(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await this.#idle()
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { reader, file } = next
      this.#waitingBytes -= reader.file.byteSize
      if (reader.bytes.units.freeBytes < reader.file.byteSize * DECODED_FACTOR) continue
      const steps = decodeAll(reader, file)
      while (this.#advance(steps)) await this.#idle()
    }
    this.#running = undefined
  }

  /** @returns whether there is more to do */
  #advance(steps: Generator<void, void>): boolean {
    const end = this.#clock.monotonic() + SLICE_MS
    try {
      while (this.#clock.monotonic() < end) if (steps.next().done === true) return false
      return true
    } catch {
      // A search that needs the damaged part decodes it again and reports it.
      return false
    }
  }
}

/** Decodes a segment's dictionaries, ids and documents from the bytes of its file, in steps of 20 to 100 µs. */
function* decodeAll(reader: SegmentReader, file: Uint8Array): Generator<void, void> {
  yield* reader.terms.decodeAll(file)
  yield* reader.ids.decodeAll(file)
  yield* reader.documents.decodeAll(file)
}
