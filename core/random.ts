/** The only source of randomness in `core/`. */
export interface Random {
  /** Uniform in [0, 1). */
  number(): number
  /** 128 random bits as 26 characters of lower-case Crockford base32, for unique names. */
  name(): string
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Encodes 16 random bytes as a name: five bits per character, the last one padded with zeros. */
export function nameFromBytes(bytes: Uint8Array): string {
  let name = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      name += ALPHABET[(buffer >>> bits) & 31]
    }
  }
  return bits > 0 ? name + ALPHABET[(buffer << (5 - bits)) & 31] : name
}
