import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FILE_MODE, writeFully } from '../durable-file.ts'
import { isTaken } from '../file-errors.ts'
import type { RangeName, RangePlace } from './range-index.ts'

/** Bytes of a record in the log: eight 32-bit numbers, of which the last is the crc32 of the others. */
const RECORD_BYTES = 32
/** The first number of a record: its kind and the version of the format. */
const KEPT = 0x01435250
const DROPPED = 0x81435250

/** A record of a log: a range is in the pack, or all earlier ranges of an object are void. */
export type PackRecord =
  | { readonly kind: 'kept'; readonly name: RangeName; readonly place: RangePlace }
  | { readonly kind: 'dropped'; readonly object: number }

/**
 * Two files that only grow: `<number>.pack` holds the bytes of ranges one after another, and `<number>.log` a record for
 * each range. So opening a folder only reads its logs: 32 bytes per range.
 *
 * Torn or damaged records are skipped. Readers verify the bytes. Nothing is flushed.
 */
export class CachePack {
  readonly number: number
  readonly #folder: string
  readonly #bytes: FileHandle
  #log: FileHandle | undefined
  #bytesEnd: number
  #logEnd: number

  private constructor(folder: string, number: number, bytes: FileHandle, ends: readonly [number, number]) {
    this.#folder = folder
    this.number = number
    this.#bytes = bytes
    this.#bytesEnd = ends[0]
    this.#logEnd = ends[1]
  }

  /** Creates a pack under an unused number, because another process may have taken some numbers. */
  static async create(folder: string, numberMin: number): Promise<CachePack> {
    for (let number = numberMin; ; number++) {
      try {
        return new CachePack(folder, number, await open(bytesPath(folder, number), 'wx+', FILE_MODE), [0, 0])
      } catch (error) {
        if (!isTaken(error)) throw error
      }
    }
  }

  /** Opens a pack that another process has left or still uses. */
  static async open(
    folder: string,
    number: number,
  ): Promise<{ readonly pack: CachePack; readonly newestFirst: Iterable<PackRecord> }> {
    const bytes = await open(bytesPath(folder, number), 'r+')
    try {
      const log = await readLog(folder, number)
      const { size } = await bytes.stat()
      // The next record replaces a torn one.
      const logEnd = log.length - (log.length % RECORD_BYTES)
      return { pack: new CachePack(folder, number, bytes, [size, logEnd]), newestFirst: recordsOf(log, number) }
    } catch (error) {
      await bytes.close()
      throw error
    }
  }

  /** Bytes of ranges. */
  get byteSize(): number {
    return this.#bytesEnd
  }

  get recordCount(): number {
    return this.#logEnd / RECORD_BYTES
  }

  /** Bytes of both files. */
  get diskBytes(): number {
    return this.#bytesEnd + this.#logEnd
  }

  /** Appends a range. Calls must not overlap. */
  async append(name: RangeName, bytes: Uint8Array, checksum: number): Promise<RangePlace> {
    const place = { pack: this.number, offset: this.#bytesEnd, byteSize: bytes.byteLength, checksum }
    await writeFully(this.#bytes, bytes, place.offset)
    this.#bytesEnd += bytes.byteLength
    await this.#appendRecord([KEPT, name.object, name.low, name.high, place.offset, place.byteSize, checksum])
    return place
  }

  /** Marks all ranges of an object written so far as void. Calls must not overlap. */
  appendDrop(object: number): Promise<void> {
    return this.#appendRecord([DROPPED, object, 0, 0, 0, 0, 0])
  }

  /** Reads the bytes at a place; they may be damaged. @throws {RangeError} if the file is too short */
  async read({ offset, byteSize }: RangePlace): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteSize)
    const { bytesRead } = await this.#bytes.read(bytes, 0, byteSize, offset)
    if (bytesRead < byteSize) throw new RangeError(`pack ${this.number} ends at ${offset + bytesRead}`)
    return bytes
  }

  /** Closes the files after all running reads. */
  async close(): Promise<void> {
    await this.#bytes.close()
    await this.#log?.close()
  }

  async remove(): Promise<void> {
    await removePack(this.#folder, this.number)
    await this.close()
  }

  async #appendRecord(numbers: readonly number[]): Promise<void> {
    this.#log ??= await open(logPath(this.#folder, this.number), this.#logEnd === 0 ? 'w' : 'r+', FILE_MODE)
    const record = Buffer.alloc(RECORD_BYTES)
    for (const [i, number] of numbers.entries()) record.writeUInt32LE(number, 4 * i)
    record.writeUInt32LE(crc32(record.subarray(0, RECORD_BYTES - 4)), RECORD_BYTES - 4)
    await writeFully(this.#log, record, this.#logEnd)
    this.#logEnd += RECORD_BYTES
  }
}

/** The number of the pack that a file belongs to. */
export function packNumberOf(fileName: string): number | undefined {
  const match = /^([1-9][0-9]{0,8})\.(pack|log)$/.exec(fileName)
  return match ? Number(match[1]) : undefined
}

/** Removes both files of a pack if they exist. */
export async function removePack(folder: string, number: number): Promise<void> {
  await rm(logPath(folder, number), { force: true })
  await rm(bytesPath(folder, number), { force: true })
}

async function readLog(folder: string, number: number): Promise<Buffer> {
  const log = await open(logPath(folder, number), 'r')
  try {
    return await log.readFile()
  } finally {
    await log.close()
  }
}

/** Yields the intact records, newest first. */
function* recordsOf(log: Buffer, pack: number): Iterable<PackRecord> {
  for (let at = log.length - (log.length % RECORD_BYTES) - RECORD_BYTES; at >= 0; at -= RECORD_BYTES) {
    const field = (i: number): number => log.readUInt32LE(at + 4 * i)
    if (crc32(log.subarray(at, at + RECORD_BYTES - 4)) !== field(7)) continue
    if (field(0) === DROPPED) yield { kind: 'dropped', object: field(1) }
    if (field(0) !== KEPT) continue
    const name = { object: field(1), low: field(2), high: field(3) }
    yield { kind: 'kept', name, place: { pack, offset: field(4), byteSize: field(5), checksum: field(6) } }
  }
}

function bytesPath(folder: string, number: number): string {
  return join(folder, `${number}.pack`)
}

function logPath(folder: string, number: number): string {
  return join(folder, `${number}.log`)
}
