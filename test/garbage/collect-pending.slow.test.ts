import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { OutcomeUnknownError, PrismError } from '../../core/errors.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { foldLeftovers } from '../../core/writing/pending-write.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'
import { openContended } from '../writing/contended-writer.ts'

test('the uploads of a pending write are not collected, however far the floor rises', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a')])

  const { end } = await collectShard(shard.components, shard.ref, { retentionMs: 0 })
  await foldLeftovers(shard.components, shard.ref)

  expect(end).toBe('done')
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect(documents.has('a')).toBe(true)
  expect(head.gcFloor).toBeGreaterThan(1)
})

const SEEDS = Array.from({ length: Number(process.env.PRISM_SEEDS ?? 3) }, (_, i) => i + 1)
const FUNCTIONS = 12
const WRITES_EACH = 4

test.each(SEEDS)(
  'functions with pending writes lose nothing while collectors keep only the newest version, seed %i',
  async (seed) => {
    const clock = new TurnClock()
    const calm = testComponents({
      store: new MemoryObjectStore(clock),
      coordination: new MemoryCoordination(),
      clock,
      random: seededRandom(seed * 1000),
    })
    const ref = await createTestShard(calm)
    const open = (number: number) => {
      const rates = { fail_before: 0.03, fail_after: 0.06, repeat: 0.2 }
      const rows = new FaultPlan({ random: seededRandom(seed * 1000 + 500 + number), rates, delayTurnsMax: 6 })
      const objects = new FaultPlan({ random: seededRandom(seed * 1000 + 700 + number), rates: {}, delayTurnsMax: 6 })
      const stores = {
        store: new FaultyObjectStore(calm.store, objects),
        coordination: new FaultyCoordination(calm.coordination, rows),
      }
      return testComponents({ ...stores, clock, random: seededRandom(seed * 1000 + 1 + number) })
    }
    const told = { acknowledged: [] as string[], refused: [] as string[] }
    let [left, folded] = [FUNCTIONS, 0]
    const write = async (number: number) => {
      const hooks = {
        ready: () => Promise.resolve(),
        onCommitted: (_: unknown, { manifest }: { manifest: { folded: readonly unknown[] } }) => {
          folded += manifest.folded.length
        },
      }
      const writer = new ShardWriter(open(number), ref, { budget: new ByteBudget(), hooks })
      for (let i = 0; i < WRITES_EACH; i++) {
        const id = `d${number}-${i}`
        await writer.submit({ schema: testSchema, operations: [put(id), put('shared', { n: number })] }).then(
          () => told.acknowledged.push(id),
          (error: unknown) => {
            if (!(error instanceof PrismError)) throw error
            if (!(error instanceof OutcomeUnknownError)) told.refused.push(id)
          },
        )
      }
      left--
    }
    const collect = async (number: number) => {
      const components = open(number)
      while (left > 0) {
        await collectShard(components, ref, { retentionMs: 0 }).catch((error: unknown) => {
          if (!(error instanceof PrismError)) throw error
        })
        await clock.sleep(3)
      }
    }

    await Promise.all([...Array.from({ length: FUNCTIONS }, (_, i) => write(i)), collect(300), collect(301)])
    await foldLeftovers(calm, ref)

    const { documents } = await auditShard(calm, ref)
    expect(told.acknowledged.length).toBeGreaterThan(FUNCTIONS)
    expect(folded).toBeGreaterThan(3)
    for (const id of told.acknowledged) expect(documents.has(id), `${id} was acknowledged`).toBe(true)
    for (const id of told.refused) expect(documents.has(id), `${id} was refused`).toBe(false)
  },
)
