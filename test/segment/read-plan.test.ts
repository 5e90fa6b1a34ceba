import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  afterReads,
  allRead,
  carryOut,
  inSteps,
  Needs,
  type Plan,
  type Read,
  whenRead,
} from '../../core/segment/format/read-plan.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'

/** A plan of a chain of reads with steps after each, and then of several plans in parallel. */
type Shape = { readonly rounds: number; readonly steps: number; readonly parts: readonly Shape[] }

const shape: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.record({
    rounds: fc.nat(3),
    steps: fc.nat(3),
    parts: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('shape'), { maxLength: 3 })),
  }),
})).shape

test('a plan takes as many rounds as its longest chain of reads, whatever the steps between them, and reads each range once', async () => {
  await fc.assert(
    fc.asyncProperty(shape, async (wanted) => {
      const rounds: number[] = []
      expect(await carryOut(countingStore(rounds), planOf(wanted))).toBe(readsOf(wanted))
      expect(rounds).toHaveLength(depthOf(wanted))
      expect(rounds.reduce((sum, count) => sum + count, 0)).toBe(readsOf(wanted))
    }),
    { seed: 13, numRuns: 200 },
  )
})

test('a plan that needs nothing is its value', () => {
  expect(whenRead(allRead([1, 2]), ([a, b]) => a! + b!)).toBe(3)
  expect(afterReads([], () => 'nothing')).toBe('nothing')
  expect(whenRead(read(), (value) => value)).toBeInstanceOf(Needs)
})

test('a step runs up to its next yield, one plan after another', async () => {
  const log: string[] = []
  const work = (name: string) =>
    inSteps(
      (function* () {
        log.push(`${name}1`)
        yield
        log.push(`${name}2`)
        return name
      })(),
    )
  const turns: number[] = []
  const take = async <R>(steps: Generator<void, R>): Promise<R> => {
    for (;;) {
      const step = steps.next()
      turns.push(log.length)
      if (step.done === true) return step.value
    }
  }

  expect(await carryOut(countingStore([]), allRead([work('a'), 'known', work('b')]), take)).toEqual(['a', 'known', 'b'])
  expect(log).toEqual(['a1', 'a2', 'b1', 'b2'])
  expect(Math.max(...turns.map((done, i) => done - (turns[i - 1] ?? 0)))).toBe(1)
})

test('bytes that were read are decoded in a separate step', async () => {
  let taken = 0
  const take = async <R>(steps: Generator<void, R>): Promise<R> => {
    taken++
    const step = steps.next()
    if (step.done !== true) throw new Error('there is one step')
    return step.value
  }

  await carryOut(countingStore([]), allRead([read(), read()]), take)
  // Two reads are decoded, and then the plan continues.
  expect(taken).toBe(3)
})

test('carrying out a plan fails with the error of the read that failed', async () => {
  const store = { get: () => Promise.reject(new Error('lost')) } as unknown as ObjectStore
  await expect(carryOut(store, allRead([1, read()]))).rejects.toThrow('lost')
  const decode = (): never => {
    throw new Error('damaged')
  }
  await expect(
    carryOut(
      countingStore([]),
      afterReads([{ ...oneRead(), decode }], () => 1),
    ),
  ).rejects.toThrow('damaged')
})

function planOf({ rounds, steps, parts }: Shape): Plan<number> {
  let own: Plan<number> = 0
  for (let i = 0; i < rounds; i++) {
    own = whenRead(own, (sum) => whenRead(read(), (value) => worked(steps, sum + value)))
  }
  return whenRead(own, (sum) => whenRead(allRead(parts.map(planOf)), (sums) => sums.reduce((a, b) => a + b, sum)))
}

function worked(steps: number, value: number): Plan<number> {
  return inSteps(
    (function* () {
      for (let i = 0; i < steps; i++) yield
      return value
    })(),
  )
}

function readsOf({ rounds, parts }: Shape): number {
  return parts.reduce((sum, part) => sum + readsOf(part), rounds)
}

function depthOf({ rounds, parts }: Shape): number {
  return rounds + Math.max(0, ...parts.map(depthOf))
}

function read(): Plan<number> {
  return afterReads([oneRead()], ([value]) => value!)
}

function oneRead(): Read<number> {
  return { key: 'object', range: { start: 0, end: 1 }, decode: (bytes) => bytes[0]! }
}

/** Answers the byte 1, and records the number of reads of each round. */
function countingStore(rounds: number[]): ObjectStore {
  let isOpen = false
  const get = async () => {
    if (isOpen) rounds[rounds.length - 1]!++
    else rounds.push(1)
    isOpen = true
    await new Promise((resolve) => setImmediate(resolve))
    isOpen = false
    return Uint8Array.of(1)
  }
  return { get } as unknown as ObjectStore
}
