import { nameFromBytes, type Random } from '../../core/random.ts'

/**
 * Random numbers that a seed repeats exactly: splitmix32 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014, in 32 bits).
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  return {
    number: () => next() / 2 ** 32,
    name: () => nameFromBytes(new Uint8Array(Uint32Array.from({ length: 4 }, next).buffer)),
  }
}
