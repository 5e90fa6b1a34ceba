import { randomBytes } from 'node:crypto'
import { nameFromBytes, type Random } from './random.ts'

/** The machine's randomness. Names are cryptographically unpredictable. */
export const systemRandom: Random = {
  number: () => Math.random(),
  name: () => nameFromBytes(randomBytes(16)),
}
