import { expect, test } from 'vitest'
import type { Engine } from '../../core/engine/engine.ts'
import { ConflictError, OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { type EnginesWorld, FAULTS, openEngines, SEEDS } from './faulty-engines.ts'

type Counter = { readonly id: string; readonly n: number; readonly by: readonly string[] }

const CLIENTS = 6
const INCREMENTS = 8

for (const [name, rates] of Object.entries(FAULTS)) {
  test.each(SEEDS)(
    `counters that many engines increment end with the exact count, faults: ${name}, seed %i`,
    async (seed) => {
      const world = openEngines(seed, rates, 3)
      await world.calm.createCollection('counters', { shards: 1 + (seed % 3), schema: { fields: {}, dynamic: false } })

      await Promise.all(Array.from({ length: CLIENTS }, (_, i) => countUp(world, i)))

      for (const id of ['x', 'y']) {
        const { n, by } = await read(world.calm, id)
        const expected = Array.from({ length: CLIENTS * INCREMENTS }, (_, i) =>
          tokenOf(i % CLIENTS, Math.floor(i / CLIENTS)),
        )
        expect(by.toSorted()).toEqual(expected.toSorted())
        expect(n).toBe(CLIENTS * INCREMENTS)
      }
    },
  )

  test.each(SEEDS)(`atomic transfers keep the total, faults: ${name}, seed %i`, async (seed) => {
    const { engines, calm, random } = openEngines(seed, rates, 3)
    await calm.createCollection('accounts', { schema: { fields: { n: 'integer' } } })
    const ids = ['a', 'b', 'c']
    await calm.writeDocuments(
      'accounts',
      ids.map((id) => ({ id, n: 100 })),
    )
    const total = async (engine: Engine) => {
      const found = await engine.getDocuments('accounts', ids)
      return found.reduce((sum, document) => sum + Number(document!.n), 0)
    }
    let moves = 0

    await Promise.all(
      engines.map(async (engine) => {
        for (let i = 0; i < 12; i++) {
          const [from, to] = ids.toSorted(() => random.number() - 0.5) as [string, string]
          try {
            const [source, target] = await engine.getVersioned('accounts', [from, to])
            const amount = 1 + Math.floor(random.number() * 9)
            await engine.writeOperations(
              'accounts',
              [
                { put: { id: from, n: Number(source!.document.n) - amount }, if_version: source!.version },
                { patch: { n: Number(target!.document.n) + amount }, id: to, if_version: target!.version },
              ],
              { atomic: true },
            )
            moves++
          } catch (error) {
            if (!isExpected(error)) throw error
          }
          expect(await total(calm)).toBe(300)
        }
      }),
    )

    expect(await total(calm)).toBe(300)
    expect(moves).toBeGreaterThan(0)
  })
}

async function countUp({ engines }: EnginesWorld, client: number): Promise<void> {
  const engine = engines[client % engines.length]!
  for (let i = 0; i < INCREMENTS; i++) {
    for (const id of ['x', 'y']) await increment(engine, id, tokenOf(client, i))
  }
}

function tokenOf(client: number, i: number): string {
  return `${client}-${i}`
}

/** The loop from the documentation: read, write with a condition, start again if another client was first. */
async function increment(engine: Engine, id: string, token: string): Promise<void> {
  for (;;) {
    try {
      const [found] = await engine.getVersioned('counters', [id])
      const { n, by }: Counter = (found?.document as Counter | undefined) ?? { id, n: 0, by: [] }
      // After a lost answer, only the document shows whether the write happened.
      if (by.includes(token)) return
      const condition = found ? { if_version: found.version } : { if_absent: true as const }
      await engine.putDocument('counters', id, { n: n + 1, by: [...by, token] }, condition)
      return
    } catch (error) {
      if (!isExpected(error)) throw error
    }
  }
}

function isExpected(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof UnavailableError || error instanceof OutcomeUnknownError
}

async function read(engine: Engine, id: string): Promise<Counter> {
  const [found] = await engine.getDocuments('counters', [id])
  return found as unknown as Counter
}
