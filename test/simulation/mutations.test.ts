import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTATIONS } from './mutations.ts'

const ROOT = new URL('../..', import.meta.url).pathname

test('the text that a mutation changes is in core just once', () => {
  const missed = MUTATIONS.flatMap(({ name, path, right, also = [] }) => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return [{ right }, ...also]
      .filter((change) => text.split(change.right).length !== 2)
      .map((change) => `${name}: ${change.right}`)
  })

  expect(missed).toEqual([])
})
