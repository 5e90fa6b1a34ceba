/**
 * The same bytes, but all of their buffer, so that keeping them keeps nothing else in memory: a view of a file keeps
 * the file, and a small Buffer keeps the pool of 8 KB that Node cut it from. Copies only what is a part of its buffer.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}
