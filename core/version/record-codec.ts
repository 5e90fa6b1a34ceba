import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { assert } from '../assert.ts'
import { hexOfWord } from '../bytes/hex.ts'
import { CorruptDataError } from '../errors.ts'
import { nameFromBytes } from '../random.ts'
import { encodeUtf8 } from '../utf8.ts'

/** How a name is written: as it is, as a random name's 16 bytes, or as `<number>-` and a random name. */
const PLAIN = 0
const RANDOM = 1
const NUMBERED = 2

const RANDOM_NAME = /^[0-9a-hjkmnp-tv-z]{26}$/
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Writes small records densely: numbers as LEB128, random names as their bytes. */
export class RecordWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  number(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `a written number is a whole one from 0, not ${value}`)
    this.#reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  text(text: string): void {
    const bytes = encodeUtf8(text)
    this.number(bytes.length)
    this.raw(bytes)
  }

  /** A string that is likely to be, or to end in, 26 characters that `Random.name` made. */
  name(name: string): void {
    const [, digits, random] = /^(?:(\d{1,15})-)?(.{26})$/.exec(name) ?? []
    const bytes = random === undefined ? undefined : bytesOfName(random)
    if (bytes === undefined || (digits !== undefined && String(Number(digits)) !== digits)) {
      this.number(PLAIN)
      this.text(name)
      return
    }
    this.number(digits === undefined ? RANDOM : NUMBERED)
    if (digits !== undefined) this.number(Number(digits))
    this.raw(bytes)
  }

  /** Everything written so far, and four bytes of CRC-32 after it. */
  finish(): Uint8Array {
    const crc = crc32(this.#bytes.subarray(0, this.#length))
    this.raw(Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24))
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** Reads what {@link RecordWriter} wrote; whatever cannot be right is a CorruptDataError naming `what`. */
export class RecordReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #offset = 0

  /** @param what names the record in errors, such as `manifest c/…/s/0/manifests/…` */
  constructor(bytes: Uint8Array, what: string) {
    const end = bytes.length - 4
    if (end < 0)
      throw new CorruptDataError('corrupt_record', `${what} is ${bytes.length} bytes long, shorter than its checksum`)
    const expected = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true)
    const found = crc32(bytes.subarray(0, end))
    if (found !== expected) {
      throw new CorruptDataError(
        'corrupt_record',
        `${what} has checksum ${hexOfWord(found)}, expected ${hexOfWord(expected)}`,
      )
    }
    this.#bytes = bytes.subarray(0, end)
    this.#what = what
  }

  number(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.raw(1)[0]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
      this.check(scale < 2 ** 53, 'a number of more than 53 bits')
    }
    this.check(Number.isSafeInteger(value), 'a number of more than 53 bits')
    return value
  }

  /** The next bytes, shared with the record. */
  raw(count: number): Uint8Array {
    this.check(this.#offset + count <= this.#bytes.length, `${count} bytes past its end`)
    this.#offset += count
    return this.#bytes.subarray(this.#offset - count, this.#offset)
  }

  text(): string {
    const bytes = this.raw(this.number())
    this.check(isUtf8(bytes), 'a text that is not UTF-8')
    return new TextDecoder().decode(bytes)
  }

  name(): string {
    const kind = this.number()
    if (kind === PLAIN) return this.text()
    this.check(kind === RANDOM || kind === NUMBERED, `a name of kind ${kind}`)
    const digits = kind === NUMBERED ? `${this.number()}-` : ''
    return digits + nameFromBytes(this.raw(16))
  }

  /** @throws {CorruptDataError} if anything is left */
  end(): void {
    const left = this.#bytes.length - this.#offset
    this.check(left === 0, `${left} bytes after its end`)
  }

  /** @throws {CorruptDataError} saying what was found instead of what must be */
  check(holds: boolean, found: string): void {
    if (!holds) throw new CorruptDataError('corrupt_record', `${this.#what} holds ${found}, at byte ${this.#offset}`)
  }
}

/** The 16 bytes that `nameFromBytes` would make this name of, if there are such. */
function bytesOfName(name: string): Uint8Array | undefined {
  if (!RANDOM_NAME.test(name)) return undefined
  const bytes = new Uint8Array(16)
  let buffer = 0
  let bits = 0
  let length = 0
  for (const letter of name) {
    buffer = ((buffer << 5) | ALPHABET.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = buffer >>> bits
  }
  return nameFromBytes(bytes) === name ? bytes : undefined
}
