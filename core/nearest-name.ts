import { codePointsOf, editDistance } from './edit-distance.ts'

/**
 * Finds the name that a user probably meant: the one with the smallest edit distance
 * (insertions, deletions, substitutions, swaps of neighbours). The distance may be at most a
 * third of the name's length, but at least 1. A dotted name whose last part equals `written` is
 * one edit away. Ignores case.
 *
 * @returns undefined if no name is near enough
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
