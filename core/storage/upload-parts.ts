/**
 * Combines chunks of any size into parts of exactly `partSize` bytes. The last part may be smaller or empty. Parts have
 * their own memory.
 */
export async function* cutIntoParts(chunks: AsyncIterable<Uint8Array>, partSize: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(partSize)
  let filled = 0
  for await (const chunk of chunks) {
    let taken = 0
    while (taken < chunk.byteLength) {
      // Yielded when the next byte arrives, so that a source with the size of one part gives one part.
      if (filled === part.byteLength) {
        yield part
        part = new Uint8Array(partSize)
        filled = 0
      }
      const count = Math.min(part.byteLength - filled, chunk.byteLength - taken)
      part.set(chunk.subarray(taken, taken + count), filled)
      filled += count
      taken += count
    }
  }
  yield part.subarray(0, filled)
}

/**
 * Calls `start` for each item, with at most `countMax` concurrent calls. After a failure, starts no more calls, and throws
 * the first error once all calls have ended.
 */
export async function forEachAtMost<T>(
  items: AsyncIterable<T>,
  countMax: number,
  start: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const item of items) {
      const call = start(item)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(call))
      underWay.add(call)
      if (underWay.size >= countMax) await Promise.race(underWay)
      if (failure !== undefined) break
    }
  } finally {
    await Promise.all(underWay)
  }
  if (failure !== undefined) throw failure.error
}

/** The items of `first`, then those of `rest`. */
export async function* prepend<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first
  yield* rest
}

/** Up to `batchSize` keys at a time. */
export async function* batchesOf(keys: readonly string[], batchSize: number): AsyncGenerator<readonly string[]> {
  for (let i = 0; i < keys.length; i += batchSize) yield keys.slice(i, i + batchSize)
}
