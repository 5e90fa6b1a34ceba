import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { assert } from '../assert.ts'
import { hexOfWord } from '../bytes/hex.ts'
import { CorruptDataError } from '../errors.ts'
import { nameFromBytes } from '../random.ts'
import { encodeUtf8 } from '../utf8.ts'

/** Encodings of a name: as text, as the 16 bytes of a random name, or as the number and the 16 bytes of `<number>-<random name>`. */
const PLAIN = 0
const RANDOM = 1
const NUMBERED = 2

const RANDOM_NAME = /^[0-9a-hjkmnp-tv-z]{26}$/
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Writes small records compactly: numbers as LEB128, random names as their 16 bytes. */
export class RecordWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  number(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `a written number is a non-negative safe integer, not ${value}`)
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

  /** Writes a string that probably is, or ends in, the 26 characters of a `Random.name`. */
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

  /** Returns everything written so far, followed by its CRC-32 in four bytes. */
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

/** Reads what {@link RecordWriter} wrote. Throws a CorruptDataError that names `what` for anything invalid. */
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

  /** The next bytes, as a view of the record. */
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

  /** Checks that the record is read to its end. @throws {CorruptDataError} if bytes are left */
  end(): void {
    const left = this.#bytes.length - this.#offset
    this.check(left === 0, `${left} bytes after its end`)
  }

  /** @param found describes the fault. @throws {CorruptDataError} unless `holds` */
  check(holds: boolean, found: string): void {
    if (!holds) throw new CorruptDataError('corrupt_record', `${this.#what} holds ${found}, at byte ${this.#offset}`)
  }
}

/** The 16 bytes from which `nameFromBytes` makes this name; undefined if there are none. */
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
