/** Values sorted or merged in one step. */
const STEP_SIZE = 512

/** Sorts a long list in steps: it sorts short runs one after another, then merges them. */
export function* sortInSteps<T>(values: readonly T[], compare: (a: T, b: T) => number): Generator<void, T[]> {
  let sorted = values.slice()
  for (let from = 0; from < sorted.length; from += STEP_SIZE) {
    const run = sorted.slice(from, from + STEP_SIZE).sort(compare)
    for (const [i, value] of run.entries()) sorted[from + i] = value
    yield
  }
  for (let size = STEP_SIZE; size < sorted.length; size *= 2) {
    const merged: T[] = []
    for (let from = 0; from < sorted.length; from += 2 * size) {
      let [left, right] = [from, from + size]
      const [leftEnd, rightEnd] = [right, Math.min(right + size, sorted.length)]
      while (left < Math.min(leftEnd, sorted.length) || right < rightEnd) {
        const isLeft = right >= rightEnd || (left < leftEnd && compare(sorted[left]!, sorted[right]!) <= 0)
        merged.push(sorted[isLeft ? left++ : right++]!)
        if (merged.length % STEP_SIZE === 0) yield
      }
    }
    sorted = merged
  }
  return sorted
}
