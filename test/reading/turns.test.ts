import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { type RequestTurns, ThreadTurns } from '../../core/time-slice.ts'

test('steps that take at most four milliseconds end without waiting', () => {
  const { turns, work } = thread()

  expect(turns.ofRequest().begin(work('small', 4))).toEqual({ done: true, value: 'small' })
})

test('all requests together have four milliseconds in each round of the event loop', async () => {
  const { turns, work, log, round } = thread()
  const first = run(turns.ofRequest(), work('a', 6))
  const second = run(turns.ofRequest(), work('b', 1))

  expect(log).toEqual(['a', 'a', 'a', 'a'])
  await round()
  expect(log.slice(4)).toEqual(['b', 'a', 'a'])
  expect(await Promise.all([first, second])).toEqual(['a', 'b'])
})

test('a small request waits for one turn while sixteen long ones run', async () => {
  const { turns, work, log, round } = thread()
  for (let i = 0; i < 16; i++) void run(turns.ofRequest(), work(`long ${i}`, 1_000))
  for (let i = 0; i < 40; i++) await round()

  const before = log.length
  const small = run(turns.ofRequest(), work('small', 5))
  await round()
  await round()

  expect(log.slice(before).filter((name) => name === 'small')).toHaveLength(5)
  expect(await small).toBe('small')
})

test('short pieces that wait share a round, and requests that have used the least time go first', async () => {
  const { turns, work, log, round } = thread()
  void run(turns.ofRequest(), work('long', 100))
  const pieces = Array.from({ length: 20 }, (_, i) => run(turns.ofRequest(), work(`piece ${i}`, 1)))
  for (let i = 0; i < 5; i++) await round()

  expect(log.slice(4)).toEqual(Array.from({ length: 20 }, (_, i) => `piece ${i}`))
  expect(await Promise.all(pieces)).toHaveLength(20)
})

test('turns are shared evenly, and each has four milliseconds', async () => {
  const { turns, work, log, round } = thread()
  const names = ['a', 'b', 'c']
  for (const name of names) void run(turns.ofRequest(), work(name, 1_000))
  for (let i = 0; i < 29; i++) await round()

  expect(names.map((name) => log.filter((other) => other === name).length)).toEqual([40, 40, 40])
})

test('a round gives steps as long as everything else took in the round before, from four to twenty-five milliseconds', async () => {
  const { turns, work, log, round } = thread()
  void run(turns.ofRequest(), work('long', 1_000))
  const given: number[] = []
  for (const otherMs of [0, 3, 10, 24, 300, 10, 0]) {
    const before = log.length
    await round(otherMs)
    given.push(log.length - before)
  }

  expect(given).toEqual([4, 4, 10, 24, 25, 10, 4])
})

test('a slow step, or a pause in which nothing waits, does not lengthen the next slice', async () => {
  const { turns, work, log, round } = thread()
  void run(turns.ofRequest(), work('slow', 3, 100))
  void run(turns.ofRequest(), work('long', 20))
  const given: number[] = []
  for (let i = 0; i < 7; i++) {
    const before = log.length
    await round()
    given.push(log.length - before)
  }
  expect(given).toEqual([4, 4, 4, 4, 4, 1, 1])
  expect(log.filter((name) => name === 'slow')).toHaveLength(3)

  await round(500)
  void run(turns.ofRequest(), work('next', 100))
  expect(log.filter((name) => name === 'next')).toHaveLength(4)
})

test('pieces of one request count together: many pieces get no more time than another request’s single piece', async () => {
  const { turns, work, log, round } = thread()
  const many = turns.ofRequest()
  for (let i = 0; i < 10; i++) void run(many, work('many', 1_000))
  const one = turns.ofRequest()
  void run(one, work('one', 1_000))
  for (let i = 0; i < 60; i++) await round()

  const counted = log.filter((name) => name === 'one').length
  expect(Math.abs(log.length - 2 * counted)).toBeLessThanOrEqual(4)
  expect(many.usedMs + one.usedMs).toBe(log.length)
})

test('an error ends the steps if the check before a turn throws it, or a step does', async () => {
  const { turns, work, log, round } = thread()
  const checked = run(turns.ofRequest(), work('a', 1_000), () => {
    if (log.length > 8) throw new Error('nobody waits')
  })
  const failed = expect(checked).rejects.toThrow('nobody waits')
  for (let i = 0; i < 10; i++) await round()

  await failed
  expect(log.length).toBe(12)
  const failing = (function* (): Generator<void, never> {
    yield
    throw new Error('damaged')
  })()
  expect(() => turns.ofRequest().begin(failing)).toThrow('damaged')
})

/** A thread whose rounds the test starts, after other work, and work in steps of a millisecond, each of which is logged. */
function thread() {
  let nowMs = 0
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => new Promise(() => {}) }
  const deferred: (() => void)[] = []
  const log: string[] = []
  const turns = new ThreadTurns(clock, (begin) => deferred.push(begin))
  const work = function* (name: string, steps: number, stepMs = 1): Generator<void, string> {
    for (let i = 0; i < steps; i++) {
      if (i > 0) yield
      nowMs += stepMs
      log.push(name)
    }
    return name
  }
  const round = async (otherMs = 0) => {
    nowMs += otherMs
    for (const begin of deferred.splice(0)) begin()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { turns, work, log, round }
}

async function run<R>(turns: RequestTurns, steps: Generator<void, R>, check = () => {}): Promise<R> {
  const ended = turns.begin(steps)
  return ended === undefined ? turns.finish(steps, check) : ended.value
}
