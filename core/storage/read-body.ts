/**
 * Reads a body of announced size into memory of its own, in one copy.
 *
 * @throws an error named `IncompleteBody` if the body has another size
 */
export async function readBody(body: AsyncIterable<Uint8Array>, byteSize: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteSize)
  let filled = 0
  for await (const chunk of body) {
    if (filled + chunk.byteLength > bytes.byteLength) throw incompleteBody(`more than ${bytes.byteLength}`, filled)
    bytes.set(chunk, filled)
    filled += chunk.byteLength
  }
  if (filled < bytes.byteLength) throw incompleteBody(`${bytes.byteLength}`, filled)
  return bytes
}

function incompleteBody(expected: string, found: number): Error {
  const error = new Error(`the answer's body has ${found} bytes, its header announced ${expected}`)
  error.name = 'IncompleteBody'
  return error
}
