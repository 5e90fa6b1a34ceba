/** How long a server takes to answer, to stand for one that is far away. All default to no delay. */
export type NetworkModel = {
  /** Before the first byte of any answer but a put's. */
  readonly firstByteMs?: number
  /** Before a put, or a part of an upload, is answered. */
  readonly putMs?: number
  /** Of each stream by itself; 0 or nothing: as fast as it goes. */
  readonly mibPerSecond?: number
}

const MIB = 1_048_576

/** Bytes are let through in pieces of about so many milliseconds. */
const PIECE_MS = 20

export function delay(durationMs: number | undefined): Promise<void> {
  return durationMs ? new Promise((resolve) => setTimeout(resolve, durationMs)) : Promise.resolve()
}

/** Yields the bytes at the pace of the model's bandwidth. */
export async function* paced(body: Uint8Array, model: NetworkModel): AsyncGenerator<Uint8Array> {
  if (!model.mibPerSecond) {
    yield body
    return
  }
  const bytesPerMs = (model.mibPerSecond * MIB) / 1_000
  const start = performance.now()
  const pieceSize = Math.max(1, Math.round(bytesPerMs * PIECE_MS))
  for (let sent = 0; sent < body.byteLength; sent += pieceSize) {
    const piece = body.subarray(sent, sent + pieceSize)
    // Timers are late; the moment by which all bytes so far should have passed is not.
    await delay(start + (sent + piece.byteLength) / bytesPerMs - performance.now())
    yield piece
  }
}
