import { codePointsOf, editDistance } from './edit-distance.ts'

/**
 * Finds the name a user probably meant: the one at the least edit distance
 * (insertions, deletions, substitutions, swaps of neighbours), if that is at
 * most a third of its length and at least one edit is allowed. A dotted name
 * whose last part was written counts as one edit away. Case does not count.
 *
 * @returns undefined when nothing is near
 */
export function findNearestName(written: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  const lower = written.toLowerCase()
  const wanted = codePointsOf(lower)
  for (const name of names) {
    if (name.toLowerCase().endsWith(`.${lower}`) && least > 1) {
      nearest = name
      least = 1
      continue
    }
    const distanceMax = Math.max(1, Math.floor(name.length / 3))
    const distance = editDistance(wanted, codePointsOf(name.toLowerCase()), distanceMax)
    if (distance < least && distance <= distanceMax) {
      nearest = name
      least = distance
    }
  }
  return nearest
}
