import { expect, test } from 'vitest'
import { MemoryAllowance } from '../../core/memory-allowance.ts'
import { WINDOW_SIZE } from '../../core/query/score/window.ts'
import { returnArena, takeArena } from '../../core/query/score/window-arena.ts'

const BYTES = WINDOW_SIZE * 8

test('the scores of a large query are allocated a few arrays at a time, and count once for any number of segments', () => {
  const memory = new MemoryAllowance(4_000 * BYTES)
  const arena = takeArena(memory)
  let steps = 0
  for (const _ of arena.makeScores(4_000)) steps++

  expect(steps).toBeGreaterThanOrEqual((4_000 - 256) / 4)
  expect(memory.taken).toBe(4_000 * BYTES)
  for (const segment of [1, 2]) {
    arena.reset()
    const taken = new Set(Array.from({ length: 4_000 }, () => arena.scores()))
    expect(taken.size, `segment ${segment}`).toBe(4_000)
    expect(memory.taken).toBe(4_000 * BYTES)
  }
  expect(() => arena.scores()).toThrow('request less at once')
  returnArena(arena)
  expect(memory.taken).toBe(0)
})

test('scores beyond the memory of a request are refused before any array is allocated', () => {
  const memory = new MemoryAllowance(10 * BYTES)
  const arena = takeArena(memory)

  expect(() => arena.makeScores(11).next()).toThrow('request less at once')
  expect(memory.taken).toBe(0)
  expect(arena.makeScores(10).next()).toBeDefined()
  returnArena(arena)
})
