import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { compareToSpan, sharedPrefix } from '../../bytes/compare-bytes.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'

/** Ids in a block; only the last may hold fewer. */
export const ID_BLOCK_SIZE = 256

/** Longest id in bytes that a reader accepts; writers accept less. */
const ID_BYTES_MAX = 4096

/**
 * Encodes a block of ids: for each id how many bytes it shares with the id before it, how
 * many bytes follow, and those bytes.
 *
 * @param ids UTF-8, strictly ascending, at most {@link ID_BLOCK_SIZE}
 */
export function encodeIdBlock(ids: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter(4096)
  let previous = new Uint8Array(0)
  for (const id of ids) {
    const shared = sharedPrefix(previous, id)
    out.varint(shared)
    out.varint(id.length - shared)
    out.append(id.subarray(shared))
    previous = id as Uint8Array<ArrayBuffer>
  }
  return out.take()
}

/** A block of ids, still front-coded; {@link IdBlock.all} decodes it once. */
export class IdBlock {
  readonly #body: Uint8Array
  readonly #count: number
  readonly #source: string
  #ids: readonly string[] | undefined

  constructor(body: Uint8Array, count: number, source: string) {
    this.#body = body
    this.#count = count
    this.#source = source
  }

  /** @throws {CorruptDataError} if the block does not hold as many ids as it should */
  all(): readonly string[] {
    if (this.#ids !== undefined) return this.#ids
    const ids: string[] = []
    this.#forEach((id, size) => ids.push(id.toString('utf8', 0, size)) < 0)
    this.#ids = ids
    return ids
  }

  /** The ids' bytes, each in its own buffer. */
  allBytes(): Uint8Array[] {
    const ids: Uint8Array[] = []
    this.#forEach((id, size) => ids.push(Uint8Array.prototype.slice.call(id, 0, size)) < 0)
    return ids
  }

  /**
   * Finds ids in one pass, without making strings of the block's ids.
   *
   * @param wanted UTF-8, ascending
   * @returns the index in the block for each wanted id, or -1
   */
  find(wanted: readonly Uint8Array[]): Int32Array {
    const found = new Int32Array(wanted.length).fill(-1)
    let next = 0
    this.#forEach((id, size, i) => {
      while (next < wanted.length) {
        const order = compareToSpan(wanted[next]!, id, 0, size)
        if (order > 0) return false
        if (order === 0) found[next] = i
        next++
      }
      return true
    })
    return found
  }

  /** Number of ids ≤ `id`. */
  countUpTo(id: Uint8Array): number {
    let count = 0
    this.#forEach((other, size) => {
      if (compareToSpan(id, other, 0, size) < 0) return true
      count++
      return false
    })
    return count
  }

  /** Calls `visit` with each id, in a scratch buffer, until `visit` returns true. */
  #forEach(visit: (id: Buffer, size: number, i: number) => boolean): void {
    const reader = new VarintReader(this.#body)
    const scratch = Buffer.allocUnsafe(ID_BYTES_MAX)
    let size = 0
    for (let i = 0; i < this.#count; i++) {
      const shared = reader.next()
      const own = reader.next()
      if (shared > size || shared + own > ID_BYTES_MAX || reader.at + own > this.#body.length) {
        throw corrupt(this.#source, `has id ${i} share ${shared} bytes and add ${own}`)
      }
      for (let end = shared + own, at = shared; at < end; at++) scratch[at] = this.#body[reader.at++]!
      size = shared + own
      if (visit(scratch, size, i)) return
    }
    if (reader.at !== this.#body.length) {
      throw corrupt(this.#source, `has ids up to byte ${reader.at}, expected ${this.#body.length}`)
    }
  }
}
