import type { ByteRange } from './object-store.ts'

/** Bytes of memory per entry in addition to its own bytes, for objects and map slots. Measured: 460 on the heap, 100 off it. */
const ENTRY_OVERHEAD_BYTES = 560

/** The `start` of an entry that is a whole object. */
const WHOLE = -1

/** One cached range: a link in the chain of its object's ranges with the same start, and in the order of use. */
type Entry = {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  /** Bytes of memory that removing this entry frees. */
  readonly memory: number
  /** Already resolved, so that a hit need not create a promise. */
  readonly answer: Promise<Uint8Array>
  sameStart: Entry | undefined
  newer: Entry | undefined
  older: Entry | undefined
}

/** A slower cache for ranges that were evicted from memory. */
export interface SecondLevel {
  find(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined>
  /** Keeps the bytes if possible, without blocking. The bytes must not change any more. */
  offer(key: string, range: ByteRange | undefined, bytes: Uint8Array): void
  /** Removes all ranges of some objects. Costs one pass over all entries, however many objects are given. */
  drop(keys: readonly string[]): void
}

/** Receives the outcome of a request, so that an operation can account for it. */
export interface CacheObserver {
  hit(byteSize: number): void
  follow<T>(request: () => Promise<T>): Promise<T>
}

/** Maximum share of the memory for objects that were learned whole. */
const LEARNED_SHARE = 0.5

/**
 * Caches ranges of immutable objects in memory, up to a number of bytes. Evicts the least recently used ranges first. Finds
 * a range if the same range or the whole object is cached.
 *
 * Concurrent requests for the same range share one request to the store.
 */
export class RangeCache {
  readonly #bytesMax: number
  /** Objects learned whole, oldest first, and their total bytes of memory. */
  readonly #learned = new Set<Entry>()
  #learnedBytes = 0
  readonly #second: SecondLevel | undefined
  /** By key, then by start. */
  readonly #entries = new Map<string, Map<number, Entry>>()
  readonly #loading = new Map<string, Promise<Uint8Array>>()
  #newest: Entry | undefined
  #oldest: Entry | undefined
  #byteSize = 0

  /** @param bytesMax maximum memory, including overhead; a larger range is never cached */
  constructor(bytesMax: number, second?: SecondLevel) {
    this.#bytesMax = bytesMax
    this.#second = second
  }

  /** Bytes of memory in use. */
  get byteSize(): number {
    return this.#byteSize
  }

  /** Returns the range if it is in memory. Costs two map look-ups. */
  peek(key: string, range: ByteRange | undefined, observer?: CacheObserver): Uint8Array | undefined {
    return this.#find(key, range, observer)?.bytes
  }

  /** Like {@link peek}, but returns a resolved promise. */
  find(key: string, range: ByteRange | undefined, observer?: CacheObserver): Promise<Uint8Array> | undefined {
    return this.#find(key, range, observer)?.answer
  }

  /**
   * Finds the range in memory or on the second level, otherwise loads it.
   *
   * For a caller that joins a running request, the bytes count as cached and the wait counts as a round.
   */
  get(
    key: string,
    range: ByteRange | undefined,
    load: () => Promise<Uint8Array>,
    observer?: CacheObserver,
  ): Promise<Uint8Array> {
    const found = this.find(key, range, observer)
    if (found !== undefined) return found
    const name = loadingName(key, range)
    const underWay = this.#loading.get(name)
    if (underWay !== undefined) return observer === undefined ? underWay : join(underWay, observer)
    const loading = this.#load(key, range, load, observer).finally(() => this.#loading.delete(name))
    this.#loading.set(name, loading)
    return loading
  }

  /**
   * Caches an object that this process has just written, so that it need not be read. Learned objects take at most
   * {@link LEARNED_SHARE} of the memory: beyond that the oldest is removed, however much it is used.
   *
   * @param bytes must not change any more
   */
  learn(key: string, bytes: Uint8Array): void {
    const bytesMax = this.#bytesMax * LEARNED_SHARE
    if (memoryOf(bytes) > bytesMax || this.#entryOf(key, undefined) !== undefined) return
    const entry = this.#add(key, undefined, bytes)
    this.#learned.add(entry)
    this.#learnedBytes += entry.memory
    for (const oldest of this.#learned) {
      if (this.#learnedBytes <= bytesMax) return
      this.#remove(oldest)
    }
  }

  /** Removes all ranges of some objects, on the second level too. The result of a running request may still be cached. */
  drop(keys: readonly string[]): void {
    for (const key of keys) {
      for (const first of this.#entries.get(key)?.values() ?? []) {
        for (let entry: Entry | undefined = first; entry !== undefined; ) {
          const next: Entry | undefined = entry.sameStart
          this.#remove(entry)
          entry = next
        }
      }
    }
    this.#second?.drop(keys)
  }

  async #load(
    key: string,
    range: ByteRange | undefined,
    load: () => Promise<Uint8Array>,
    observer: CacheObserver | undefined,
  ): Promise<Uint8Array> {
    const second = await this.#second?.find(key, range)
    if (second !== undefined) {
      observer?.hit(second.byteLength)
      this.#keep(key, range, second)
      return second
    }
    const bytes = await load()
    this.#keep(key, range, bytes)
    this.#second?.offer(key, range, bytes)
    return bytes
  }

  #find(key: string, range: ByteRange | undefined, observer: CacheObserver | undefined): Entry | undefined {
    const entry = this.#entryOf(key, range)
    if (entry === undefined) return undefined
    this.#use(entry)
    observer?.hit(entry.bytes.byteLength)
    return entry
  }

  #entryOf(key: string, range: ByteRange | undefined): Entry | undefined {
    const start = range === undefined ? WHOLE : range.start
    const end = range === undefined ? WHOLE : range.end
    let entry = this.#entries.get(key)?.get(start)
    while (entry !== undefined && entry.end !== end) entry = entry.sameStart
    return entry ?? (range && this.#partOfWhole(key, range))
  }

  /** Copies the range from the whole object if that is cached, so that the range outlives the rest. */
  #partOfWhole(key: string, range: ByteRange): Entry | undefined {
    const whole = this.#entries.get(key)?.get(WHOLE)
    if (whole === undefined) return undefined
    this.#use(whole)
    return this.#add(key, range, new Uint8Array(whole.bytes.subarray(range.start, range.end)))
  }

  #keep(key: string, range: ByteRange | undefined, bytes: Uint8Array): void {
    if (memoryOf(bytes) <= this.#bytesMax) this.#add(key, range, bytes)
  }

  #add(key: string, range: ByteRange | undefined, bytes: Uint8Array): Entry {
    const memory = memoryOf(bytes)
    const starts = this.#entries.get(key) ?? new Map<number, Entry>()
    this.#entries.set(key, starts)
    const start = range?.start ?? WHOLE
    const entry: Entry = {
      key,
      start,
      end: range?.end ?? WHOLE,
      bytes,
      memory,
      answer: Promise.resolve(bytes),
      sameStart: starts.get(start),
      newer: undefined,
      older: undefined,
    }
    starts.set(start, entry)
    this.#byteSize += memory
    this.#link(entry)
    while (this.#byteSize > this.#bytesMax) this.#remove(this.#oldest!)
    return entry
  }

  #remove(entry: Entry): void {
    this.#byteSize -= entry.memory
    if (this.#learned.delete(entry)) this.#learnedBytes -= entry.memory
    this.#unlink(entry)
    const starts = this.#entries.get(entry.key)!
    let other = starts.get(entry.start)!
    if (other === entry) {
      if (entry.sameStart === undefined) starts.delete(entry.start)
      else starts.set(entry.start, entry.sameStart)
    } else {
      while (other.sameStart !== entry) other = other.sameStart!
      other.sameStart = entry.sameStart
    }
    if (starts.size === 0) this.#entries.delete(entry.key)
  }

  #use(entry: Entry): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  #link(entry: Entry): void {
    entry.older = this.#newest
    if (this.#newest !== undefined) this.#newest.newer = entry
    this.#newest = entry
    this.#oldest ??= entry
  }

  #unlink(entry: Entry): void {
    if (entry.newer === undefined) this.#newest = entry.older
    else entry.newer.older = entry.older
    if (entry.older === undefined) this.#oldest = entry.newer
    else entry.older.newer = entry.newer
    entry.newer = undefined
    entry.older = undefined
  }
}

/** Bytes of memory of an entry. A view keeps its whole buffer alive. */
function memoryOf(bytes: Uint8Array): number {
  return bytes.buffer.byteLength + ENTRY_OVERHEAD_BYTES
}

async function join(underWay: Promise<Uint8Array>, observer: CacheObserver): Promise<Uint8Array> {
  const bytes = await observer.follow(() => underWay)
  observer.hit(bytes.byteLength)
  return bytes
}

function loadingName(key: string, range: ByteRange | undefined): string {
  return range === undefined ? key : `${range.start}-${range.end} ${key}`
}
