import type { Clock, MonotonicMs } from '../../clock.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { ReturnedIds } from './returned-ids.ts'
import type { AskedTerm, SegmentReader } from './segment-reader.ts'

/** Memory for what is kept. */
const BYTES_MAX = 128 * 1024 * 1024
/** Of larger files only likely terms and documents are looked up ahead: to decode all of them takes long, and a search needs little of it. */
const FILE_BYTES_MAX = 8 * 1024 * 1024
/** What is decoded takes so many times the file's bytes: 2.6 for 4 MB of sentences, 4.2 for half a megabyte. */
const KEPT_FACTOR = 3
/** What was looked up takes as much, of a larger file. */
const LOOKED_UP_BYTES = 1024 * 1024
/** A segment that was used since is not let go for another: if not all have room, taking turns would be no use to any. */
const IN_USE_MS = 10_000
/** Milliseconds before others get their turn. */
const SLICE_MS = 1
/** Documents of a large segment that are read ahead in one turn, which takes about as long. */
const DOCUMENTS_PER_TURN = 8

/** A segment that is kept, or will be when its steps are done. */
type Kept = {
  readonly reader: SegmentReader
  readonly store: ObjectStore
  readonly prefix: string
  readonly isLarge: boolean
  readonly byteSize: number
  readonly steps: Generator<void, void>
  usedAtMs: MonotonicMs
}

/**
 * Keeps new segments decoded that searches use and this process wrote, and of large ones the terms and documents that are likely to be wanted.
 * Under a writer every search meets segments that no search has seen: to decode what it needs there takes longer than its
 * own work, and in idle moments costs nobody anything.
 *
 * Bounded in bytes: those that searches have not used for longest are let go, or none is taken where all are in use.
 */
export class KeptSegments {
  readonly #bytesMax: number
  readonly #fileBytesMax: number
  readonly #clock: Clock
  readonly #idle: () => Promise<void>
  /** By key, in order of use. */
  readonly #kept = new Map<string, Kept>()
  readonly #waiting: Kept[] = []
  readonly #returned = new ReturnedIds()
  #byteSize = 0
  #running: Promise<void> | undefined

  /** @param idle resolves when it is the turn of what nobody waits for */
  constructor(
    clock: Clock,
    idle: () => Promise<void>,
    { bytesMax = BYTES_MAX, fileBytesMax = FILE_BYTES_MAX }: { bytesMax?: number; fileBytesMax?: number } = {},
  ) {
    this.#bytesMax = bytesMax
    this.#fileBytesMax = fileBytesMax
    this.#clock = clock
    this.#idle = idle
  }

  /** Bytes that kept segments take, roughly. */
  get byteSize(): number {
    return this.#byteSize
  }

  keeps(reader: SegmentReader): boolean {
    return this.#kept.get(reader.source)?.reader === reader
  }

  /**
   * Tells of a segment that a search uses. Costs two map look-ups.
   *
   * @param from where its file lies in memory, and the prefix of the shard that it belongs to
   */
  use(reader: SegmentReader, { store, prefix }: { readonly store: ObjectStore; readonly prefix: string }): void {
    const usedAtMs = this.#clock.monotonic()
    const known = this.#kept.get(reader.source)
    if (known?.reader === reader) {
      known.usedAtMs = usedAtMs
      this.#kept.delete(reader.source)
      this.#kept.set(reader.source, known)
      return
    }
    // Opened anew.
    this.forget(reader.source)
    const isLarge = reader.file.byteSize > this.#fileBytesMax
    const byteSize = isLarge ? LOOKED_UP_BYTES : reader.file.byteSize * KEPT_FACTOR
    const terms = () => this.#termsAskedOf(prefix, reader)
    const steps = isLarge ? reader.lookUpAhead(store, terms) : reader.keepDecoded(store, terms)
    if (steps === undefined || !this.#makeRoom(byteSize, usedAtMs - IN_USE_MS)) return
    const kept = { reader, store, prefix, isLarge, byteSize, steps, usedAtMs }
    this.#kept.set(reader.source, kept)
    this.#byteSize += byteSize
    this.#waiting.push(kept)
    this.#running ??= this.#run()
  }

  /** Tells of a document that a search returned, and others will. */
  returned(id: string): void {
    this.#returned.add(id)
  }

  /** Lets a segment go that was merged into another. */
  forget(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#byteSize -= kept.byteSize
    kept.reader.letGo()
  }

  /** Resolves when nothing is left to decode. */
  async drain(): Promise<void> {
    await this.#running
  }

  /** What searches asked of that segment of a shard that knows most of it, and will ask of a new one. */
  #termsAskedOf(prefix: string, newOne: SegmentReader): AskedTerm[] {
    let most: SegmentReader | undefined
    for (const { reader, prefix: where } of this.#kept.values()) {
      if (where !== prefix || reader === newOne) continue
      if (most === undefined || reader.askedCount > most.askedCount) most = reader
    }
    return most?.askedTerms() ?? []
  }

  /** Lets segments go that were last used before `unusedSinceMs`. @returns whether there is room then */
  #makeRoom(byteSize: number, unusedSinceMs: MonotonicMs): boolean {
    for (const kept of this.#kept.values()) {
      if (this.#byteSize + byteSize <= this.#bytesMax || kept.usedAtMs > unusedSinceMs) break
      this.forget(kept.reader.source)
    }
    return this.#byteSize + byteSize <= this.#bytesMax
  }

  async #run(): Promise<void> {
    await this.#idle()
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      while (this.#isKept(next) && this.#advance(next)) await this.#idle()
      // A damaged part is told of when a search needs it.
      if (next.isLarge) await this.#readReturned(next).catch(() => undefined)
    }
    this.#running = undefined
  }

  #isKept(one: Kept): boolean {
    return this.#kept.get(one.reader.source) === one
  }

  /** Reads the documents that searches returned lately, as far as they lie in a segment: inflating those of a page takes longer than to find them. */
  async #readReturned(large: Kept): Promise<void> {
    const { reader, store } = large
    const ids = this.#returned.ascending()
    for (let i = 0; i < ids.length; i += DOCUMENTS_PER_TURN) {
      await this.#idle()
      if (!this.#isKept(large) || !reader.isInMemory(store)) return
      const docIds = await reader.findIds(store, ids.slice(i, i + DOCUMENTS_PER_TURN))
      await reader.documents(
        store,
        docIds.filter((docId) => docId >= 0),
      )
    }
  }

  /** @returns whether there is more to do */
  #advance({ steps }: Kept): boolean {
    const end = this.#clock.monotonic() + SLICE_MS
    try {
      while (this.#clock.monotonic() < end) if (steps.next().done === true) return false
      return true
    } catch {
      // A damaged part is decoded again, and told of, when a search needs it.
      return false
    }
  }
}
