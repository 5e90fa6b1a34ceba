import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import { FILE_MODE, FOLDER_MODE } from './durable-file.ts'
import type { ByteRange } from './object-store.ts'
import type { SecondLevel } from './range-cache.ts'

/** Bytes offered but not written yet; beyond that the disk is too slow and offers are let go. */
const PENDING_BYTES_MAX = 67_108_864

/** How far below its bound the cache is brought when it is full, so that not every write has to make room. */
const TARGET_SHARE = 0.9

/** A file begins with these four bytes, of which the last is the format's version, and the crc32 of all that follows it. */
const MAGIC = 0x01435250
const HEADER_BYTES = 8

type Entry = { readonly folder: string; readonly name: string; readonly byteSize: number }

type Offer = { readonly key: string; readonly range: ByteRange | undefined; readonly bytes: Uint8Array }

export type DiskCacheOptions = {
  readonly folder: string
  readonly bytesMax: number
  readonly clock: Clock
  readonly random: Random
}

/**
 * Ranges of objects as files in a folder, for as long as their bytes stay
 * below a bound; least recently used ones go first. A file holds one range:
 *
 *     folder/<hash of the key>/<start>-<end>    magic, crc32, the key's length, the key, the bytes
 *
 * Nothing here can fail a read or make one wait for a write: what is missing,
 * torn by a killed process or damaged is simply not there. The folder is for
 * one process at a time; a second one does no harm, but each keeps the bound
 * by its own count.
 */
export class DiskCache implements SecondLevel {
  readonly #folder: string
  readonly #bytesMax: number
  readonly #clock: Clock
  readonly #random: Random
  /** By path within the folder, least recently used first. */
  readonly #entries = new Map<string, Entry>()
  /** Paths of entries by folder. */
  readonly #folders = new Map<string, Set<string>>()
  #byteSize = 0
  #offers: Offer[] = []
  /** Counts drops, so that what was read before one is not kept after it. */
  #drops = 0
  #pendingBytes = 0
  #writing: Promise<void> | undefined
  /** Until the folder has been read, a file may be there that no entry tells of. */
  #isLoaded = false
  readonly #loading: Promise<void>

  /** Begins to read what the folder holds, and can be used meanwhile. The folder is made if it is missing. */
  constructor(options: DiskCacheOptions) {
    this.#folder = options.folder
    this.#bytesMax = options.bytesMax
    this.#clock = options.clock
    this.#random = options.random
    this.#loading = this.#load().catch(() => {
      // A cache without its folder finds nothing and keeps nothing.
      this.#isLoaded = true
    })
  }

  get byteSize(): number {
    return this.#byteSize
  }

  async find(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    const { folder, name } = placeOf(key, range)
    const path = join(folder, name)
    if (this.#isLoaded && !this.#entries.has(path)) return undefined
    const file = await readFile(join(this.#folder, path)).catch(() => undefined)
    const bytes = file && parseFile(file, key)
    if (bytes === undefined) {
      if (file !== undefined) await this.#remove(path)
      else this.#forget(path)
      return undefined
    }
    this.#use(path)
    return bytes
  }

  offer(key: string, range: ByteRange | undefined, bytes: Uint8Array): void {
    if (bytes.byteLength > this.#bytesMax / 4 || this.#pendingBytes + bytes.byteLength > PENDING_BYTES_MAX) return
    this.#offers.push({ key, range, bytes })
    this.#pendingBytes += bytes.byteLength
    this.#writing ??= this.#writeOffers().finally(() => {
      this.#writing = undefined
    })
  }

  drop(key: string): void {
    const { folder } = placeOf(key, undefined)
    this.#drops++
    this.#pendingBytes -= this.#offers.reduce((sum, offer) => sum + (offer.key === key ? offer.bytes.byteLength : 0), 0)
    this.#offers = this.#offers.filter((offer) => offer.key !== key)
    for (const path of this.#folders.get(folder) ?? []) this.#forget(path)
    void rm(join(this.#folder, folder), { recursive: true, force: true }).catch(() => undefined)
  }

  /** Waits until the folder is read and what was offered is written: before a process ends, and in tests. */
  async settle(): Promise<void> {
    await this.#loading
    while (this.#writing !== undefined) await this.#writing
  }

  async #writeOffers(): Promise<void> {
    await this.#loading
    for (let offer = this.#offers.shift(); offer !== undefined; offer = this.#offers.shift()) {
      this.#pendingBytes -= offer.bytes.byteLength
      try {
        await this.#write(offer)
        await this.#makeRoom()
      } catch {
        // A full or broken disk costs speed, never an answer.
      }
    }
  }

  async #write({ key, range, bytes }: Offer): Promise<void> {
    const { folder, name } = placeOf(key, range)
    const path = join(folder, name)
    if (this.#entries.has(path)) return
    const temporary = join(this.#folder, `.${this.#random.name()}`)
    const file = formatFile(key, bytes)
    const drops = this.#drops
    await writeFile(temporary, file, { flag: 'wx', mode: FILE_MODE })
    try {
      await mkdir(join(this.#folder, folder), { recursive: true, mode: FOLDER_MODE })
      if (drops !== this.#drops) return await rm(temporary, { force: true })
      await rename(temporary, join(this.#folder, path))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    this.#remember(path, { folder, name, byteSize: file.byteLength })
  }

  async #makeRoom(): Promise<void> {
    if (this.#byteSize <= this.#bytesMax) return
    for (const path of [...this.#entries.keys()]) {
      if (this.#byteSize <= this.#bytesMax * TARGET_SHARE) break
      await this.#remove(path)
    }
  }

  /** Reads names, sizes and times of all files; the time of a file is that of its last use. */
  async #load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const found: (Entry & { readonly usedMs: number })[] = []
    for (const folder of await readdir(this.#folder)) {
      const path = join(this.#folder, folder)
      // Left by a process that was killed while it wrote.
      if (folder.startsWith('.')) await rm(path, { force: true })
      else for (const name of await readdir(path).catch(() => [])) found.push(...(await describe(path, folder, name)))
    }
    found.sort((a, b) => a.usedMs - b.usedMs)
    for (const { folder, name, byteSize } of found) this.#remember(join(folder, name), { folder, name, byteSize })
    this.#isLoaded = true
    await this.#makeRoom()
  }

  #use(path: string): void {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    this.#entries.set(path, entry)
    const nowS = this.#clock.now() / 1_000
    void utimes(join(this.#folder, path), nowS, nowS).catch(() => undefined)
  }

  #remember(path: string, entry: Entry): void {
    this.#forget(path)
    this.#entries.set(path, entry)
    this.#byteSize += entry.byteSize
    const paths = this.#folders.get(entry.folder) ?? new Set<string>()
    this.#folders.set(entry.folder, paths.add(path))
  }

  #forget(path: string): void {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#byteSize -= entry.byteSize
    this.#entries.delete(path)
    const paths = this.#folders.get(entry.folder)
    paths?.delete(path)
    if (paths?.size === 0) this.#folders.delete(entry.folder)
  }

  async #remove(path: string): Promise<void> {
    this.#forget(path)
    await rm(join(this.#folder, path), { force: true }).catch(() => undefined)
    // Fails, as it should, unless that was the object's last range.
    await rmdir(join(this.#folder, dirname(path))).catch(() => undefined)
  }
}

async function describe(path: string, folder: string, name: string): Promise<(Entry & { usedMs: number })[]> {
  const found = await stat(join(path, name)).catch(() => undefined)
  return found ? [{ folder, name, byteSize: found.size, usedMs: found.mtimeMs }] : []
}

function placeOf(key: string, range: ByteRange | undefined): { folder: string; name: string } {
  const folder = createHash('sha256').update(key).digest('hex').slice(0, 32)
  return { folder, name: range === undefined ? 'whole' : `${range.start}-${range.end}` }
}

function formatFile(key: string, bytes: Uint8Array): Buffer {
  const keyBytes = Buffer.from(key)
  const file = Buffer.allocUnsafeSlow(HEADER_BYTES + 4 + keyBytes.length + bytes.byteLength)
  file.writeUInt32LE(MAGIC, 0)
  file.writeUInt32LE(keyBytes.length, HEADER_BYTES)
  file.set(keyBytes, HEADER_BYTES + 4)
  file.set(bytes, HEADER_BYTES + 4 + keyBytes.length)
  file.writeUInt32LE(crc32(file.subarray(HEADER_BYTES)), 4)
  return file
}

/** Undefined for a file that is not whole, or that another key with the same hash left. */
function parseFile(file: Buffer, key: string): Uint8Array | undefined {
  if (file.length < HEADER_BYTES + 4 || file.readUInt32LE(0) !== MAGIC) return undefined
  if (crc32(file.subarray(HEADER_BYTES)) !== file.readUInt32LE(4)) return undefined
  const bytesStart = HEADER_BYTES + 4 + file.readUInt32LE(HEADER_BYTES)
  if (file.toString('utf8', HEADER_BYTES + 4, bytesStart) !== key) return undefined
  // A copy begins at an aligned offset and does not keep the header.
  return new Uint8Array(file.subarray(bytesStart))
}
