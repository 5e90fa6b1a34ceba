/**
 * Reads a body of announced size into its own memory, with one copy.
 *
 * @throws if the body has another size
 */
export async function readSizedBody(body: AsyncIterable<Uint8Array>, byteSize: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteSize)
  let filled = 0
  for await (const chunk of body) {
    if (filled + chunk.byteLength <= byteSize) bytes.set(chunk, filled)
    filled += chunk.byteLength
  }
  if (filled !== byteSize) throw new Error(`the body has ${filled} bytes, its header announced ${byteSize}`)
  return bytes
}
