import { createHash } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { FOLDER_MODE } from '../durable-file.ts'
import type { ByteRange } from '../object-store.ts'
import type { SecondLevel } from '../range-cache.ts'
import { CachePack, packNumberOf, removePack } from './cache-pack.ts'
import { RangeIndex, type RangeName } from './range-index.ts'

/** Maximum bytes of offers that wait to be written. Further offers are dropped, because the disk is too slow. */
const PENDING_BYTES_MAX = 67_108_864

/** Maximum size of a pack, as a share of the bound and in bytes. Larger ranges are not kept. */
const PACK_SHARE = 1 / 8
const PACK_BYTES_MAX = 67_108_864

/** Default maximum number of ranges in all packs; they take some 60 MB of memory. */
const RANGES_MAX = 1_500_000

type Offer = { readonly key: string; readonly range: ByteRange | undefined; readonly bytes: Uint8Array }
type Job = { readonly offer: Offer } | { readonly dropped: readonly number[] }

export type DiskCacheOptions = {
  readonly folder: string
  /** Maximum bytes of all files. Exceeded only while room is being made. */
  readonly bytesMax: number
  /** Default {@link RANGES_MAX}. */
  readonly rangesMax?: number
}

/**
 * Caches ranges of objects in a few files of a folder, within a bound of bytes and ranges. Appends ranges to the newest
 * {@link CachePack}, and keeps their places in a {@link RangeIndex} in memory.
 *
 * Removes the oldest pack as a whole when room is needed. Before that, it appends the ranges of that pack that were used
 * since they were written (second chance), up to the size of a pack. So at most half of all writes are repeated writes.
 *
 * A read never fails because of this cache and never waits for a write: missing, torn and damaged ranges count as absent.
 * The folder is for one process at a time. A second process does no harm, but each process counts only its own bytes, and
 * one may overwrite a range that the other has just written.
 */
export class DiskCache implements SecondLevel {
  readonly #folder: string
  readonly #bytesMax: number
  readonly #rangesMax: number
  readonly #packBytes: number
  readonly #index = new RangeIndex()
  /** By number, oldest first. */
  readonly #packs = new Map<number, CachePack>()
  #jobs: Job[] = []
  #pendingBytes = 0
  /** The object whose range is being written, unless the object was dropped since. */
  #writingObject: number | undefined
  #writing: Promise<void> | undefined
  #isClosed = false
  #isLoaded = false
  readonly #loading: Promise<void>

  /** Starts to load the folder, which is created if it does not exist. */
  constructor({ folder, bytesMax, rangesMax = RANGES_MAX }: DiskCacheOptions) {
    this.#folder = folder
    this.#bytesMax = bytesMax
    this.#rangesMax = rangesMax
    this.#packBytes = Math.min(PACK_BYTES_MAX, Math.floor(bytesMax * PACK_SHARE))
    // If the folder cannot be used, the cache stays empty.
    this.#loading = this.#load()
      .catch(() => undefined)
      .finally(() => {
        this.#isLoaded = true
      })
  }

  /** Bytes of all files. */
  get byteSize(): number {
    let sum = 0
    for (const pack of this.#packs.values()) sum += pack.diskBytes
    return sum
  }

  /** Bytes of memory for the index and the waiting offers. */
  get memoryBytes(): number {
    return this.#index.byteSize + this.#pendingBytes
  }

  async find(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    await this.#loading
    const name = nameOf(key, range)
    const place = this.#index.find(name)
    if (place === undefined) return undefined
    const bytes = await this.#packs
      .get(place.pack)
      ?.read(place)
      .catch(() => undefined)
    if (bytes !== undefined && checksumOf(key, range, bytes) === place.checksum) {
      // The object may have been dropped during the read.
      return this.#index.use(name) ? bytes : undefined
    }
    const newest = this.#index.find(name)
    if (newest?.pack === place.pack && newest.offset === place.offset) this.#index.remove(name)
    return undefined
  }

  offer(key: string, range: ByteRange | undefined, bytes: Uint8Array): void {
    if (bytes.byteLength > this.#packBytes || this.#pendingBytes + bytes.byteLength > PENDING_BYTES_MAX) return
    this.#pendingBytes += bytes.byteLength
    this.#begin({ offer: { key, range, bytes } })
  }

  drop(keys: readonly string[]): void {
    const objects = new Set(keys.map(objectOf))
    this.#forgetOffers(new Set(keys))
    const found = this.#index.removeObjects(objects)
    if (this.#writingObject !== undefined && objects.has(this.#writingObject)) {
      found.add(this.#writingObject)
      this.#writingObject = undefined
    }
    if (!this.#isLoaded) void this.#loading.then(() => this.#index.removeObjects(objects))
    const dropped = [...(this.#isLoaded ? found : objects)]
    if (dropped.length > 0) this.#begin({ dropped })
  }

  /** Waits until the folder is loaded and all offers are written: for the end of a process, and for tests. */
  async settle(): Promise<void> {
    await this.#loading
    while (this.#writing !== undefined) await this.#writing
  }

  /** Writes the waiting offers and closes the files. Afterwards the cache finds and keeps nothing. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.settle()
    const packs = [...this.#packs.values()]
    this.#packs.clear()
    await Promise.all(packs.map((pack) => pack.close()))
  }

  #forgetOffers(keys: ReadonlySet<string>): void {
    this.#jobs = this.#jobs.filter((job) => {
      if (!('offer' in job) || !keys.has(job.offer.key)) return true
      this.#pendingBytes -= job.offer.bytes.byteLength
      return false
    })
  }

  #begin(job: Job): void {
    if (this.#isClosed) return
    this.#jobs.push(job)
    this.#writing ??= this.#runJobs().finally(() => {
      this.#writing = undefined
    })
  }

  async #runJobs(): Promise<void> {
    await this.#loading
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      if ('offer' in job) this.#pendingBytes -= job.offer.bytes.byteLength
      try {
        if ('offer' in job) await this.#keep(job.offer)
        else for (const object of job.dropped) await (await this.#packFor(0)).appendDrop(object)
        await this.#makeRoom()
      } catch {
        // A full or broken disk costs only speed.
      }
    }
  }

  async #keep({ key, range, bytes }: Offer): Promise<void> {
    const name = nameOf(key, range)
    if (this.#index.find(name) === undefined) await this.#append(name, bytes, checksumOf(key, range, bytes))
  }

  async #append(name: RangeName, bytes: Uint8Array, checksum: number): Promise<void> {
    this.#writingObject = name.object
    try {
      const pack = await this.#packFor(bytes.byteLength)
      const place = await pack.append(name, bytes, checksum)
      if (this.#writingObject === name.object) this.#index.set(name, place)
    } finally {
      this.#writingObject = undefined
    }
  }

  /** The newest pack if the bytes fit into it, otherwise a new one. */
  async #packFor(byteSize: number): Promise<CachePack> {
    const newest = [...this.#packs.values()].at(-1)
    const hasRoom = newest && newest.recordCount < this.#rangesMax * PACK_SHARE
    if (hasRoom && newest.byteSize + byteSize <= this.#packBytes) return newest
    const pack = await CachePack.create(this.#folder, (newest?.number ?? 0) + 1)
    this.#packs.set(pack.number, pack)
    return pack
  }

  async #makeRoom(): Promise<void> {
    let spareBytes = this.#packBytes
    while (this.byteSize > this.#bytesMax || this.#index.size > this.#rangesMax) {
      const [oldest, next] = this.#packs.values()
      if (oldest === undefined || next === undefined) return
      spareBytes -= await this.#keepUsed(oldest, spareBytes)
      this.#index.removePack(oldest.number)
      this.#packs.delete(oldest.number)
      await oldest.remove()
    }
  }

  /** Appends the used ranges of a pack again. @returns the number of their bytes, at most `bytesMax` */
  async #keepUsed(pack: CachePack, bytesMax: number): Promise<number> {
    let sum = 0
    for (const name of this.#index.usedOf(pack.number)) {
      const place = this.#index.find(name)
      if (place?.pack !== pack.number || sum + place.byteSize > bytesMax) continue
      const bytes = await pack.read(place).catch(() => undefined)
      if (bytes === undefined || this.#index.find(name) === undefined) continue
      await this.#append(name, bytes, place.checksum)
      sum += bytes.byteLength
    }
    return sum
  }

  async #load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const numbers = new Set((await readdir(this.#folder)).flatMap((name) => packNumberOf(name) ?? []))
    const opened: CachePack[] = []
    const dropped = new Set<number>()
    for (const number of [...numbers].sort((a, b) => b - a)) {
      const pack = await this.#loadPack(number, dropped)
      if (pack !== undefined) opened.unshift(pack)
    }
    for (const pack of opened) this.#packs.set(pack.number, pack)
    await this.#makeRoom()
  }

  /**
   * Loads a pack, after all newer ones.
   *
   * @param dropped objects whose ranges in older packs are void; this call adds the objects that this pack drops
   * @returns undefined for an incomplete pack that a killed process has left; the pack is removed
   */
  async #loadPack(number: number, dropped: Set<number>): Promise<CachePack | undefined> {
    try {
      const { pack, newestFirst } = await CachePack.open(this.#folder, number)
      for (const record of newestFirst) {
        if (record.kind === 'dropped') dropped.add(record.object)
        else if (!dropped.has(record.name.object) && this.#index.find(record.name) === undefined) {
          this.#index.set(record.name, record.place)
        }
      }
      return pack
    } catch {
      await removePack(this.#folder, number)
      return undefined
    }
  }
}

function nameOf(key: string, range: ByteRange | undefined): RangeName {
  const hash = createHash('sha256').update(describe(key, range)).digest()
  return { object: objectOf(key), low: hash.readUInt32LE(0), high: hash.readUInt32LE(4) }
}

function objectOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32LE(0)
}

/** Checksum of the name and the bytes, so that a range is never mistaken for another one with the same hash. */
function checksumOf(key: string, range: ByteRange | undefined, bytes: Uint8Array): number {
  return crc32(bytes, crc32(describe(key, range)))
}

function describe(key: string, range: ByteRange | undefined): string {
  return range === undefined ? `whole ${key}` : `${range.start}-${range.end} ${key}`
}
