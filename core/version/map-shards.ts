const SHARDS_AT_ONCE = 32

/** Does work for every shard of a collection, {@link SHARDS_AT_ONCE} shards at a time. @returns the results in shard order */
export async function mapShards<T>(shardCount: number, work: (shard: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let from = 0; from < shardCount; from += SHARDS_AT_ONCE) {
    const count = Math.min(SHARDS_AT_ONCE, shardCount - from)
    results.push(...(await Promise.all(Array.from({ length: count }, (_, i) => work(from + i)))))
  }
  return results
}
