/** Bytes as hexadecimal digits, two per byte. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** An unsigned 32-bit number as eight hexadecimal digits. */
export function hexOfWord(word: number): string {
  return word.toString(16).padStart(8, '0')
}
