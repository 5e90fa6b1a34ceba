/** A repeatable source of chance: the same seed gives the same numbers on every machine. */
export type SeededRandom = {
  /** Uniform in [0, 1). */
  number(): number
  /** A whole number, uniform in [0, below). */
  below(below: number): number
  /** A whole number in [0, below), where small ones are likelier: about 1/rank. */
  zipf(below: number): number
  pick<Item>(items: readonly Item[]): Item
}

/** Chris Doty-Humphrey's sfc32: three 32-bit words of state and a counter. */
export function seededRandom(seed: number): SeededRandom {
  let a = seed | 0
  let b = 0x9e3779b9 | 0
  let c = 0x243f6a88 | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 15; i++) next()
  const below = (count: number): number => Math.floor(next() * count)
  return {
    number: next,
    below,
    zipf: (count) => Math.floor(count ** next()) - 1,
    pick: (items) => items[below(items.length)]!,
  }
}
