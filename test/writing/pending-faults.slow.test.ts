import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { compactShard } from '../../core/compaction/compact.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { OutcomeUnknownError, PrismError, UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { readHead } from '../../core/version/head.ts'
import { foldLeftovers } from '../../core/writing/pending-write.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import type { FaultRates, RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { faultyPlaces } from '../faults/faulty-places.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { type Audited, auditChain, auditManifest } from '../shard/audit-shard.ts'
import { createTestShard, put, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'
import { TurnClock } from '../shard/turn-clock.ts'

/** Fault rates of requests to the rows; requests for objects fail a tenth as often. */
const FAULTS: { readonly [name: string]: FaultRates } = {
  none: {},
  'of all kinds': { fail_before: 0.1, throttle: 0.05, fail_after: 0.15, repeat: 0.1 },
  'lost replies': { fail_after: 0.4 },
  'repeated requests': { repeat: 0.6 },
}

/** `PRISM_SEED` repeats one seed; `PRISM_SEEDS` is the number of seeds. */
const SEEDS = process.env.PRISM_SEED
  ? [Number(process.env.PRISM_SEED)]
  : Array.from({ length: Number(process.env.PRISM_SEEDS ?? 3) }, (_, i) => i + 1)
const FUNCTIONS = 14
const WRITES_EACH = 4
/** Ids that all functions write, replace and delete. */
const SHARED_IDS = 4

for (const [name, rates] of Object.entries(FAULTS)) {
  test.each(SEEDS)(
    `functions that write at once lose nothing and do nothing twice, faults: ${name}, seed %i`,
    async (seed) => {
      const world = await createWorld(seed, rates)

      await Promise.all([
        ...Array.from({ length: FUNCTIONS }, (_, number) => write(world, number, { dies: false })),
        compact(world),
        read(world),
      ])

      await checkHistory(world)
    },
  )
}

test.each(SEEDS)('functions that end anywhere leave nothing half done, seed %i', async (seed) => {
  const world = await createWorld(seed, FAULTS['of all kinds']!)

  await Promise.all([
    ...Array.from({ length: FUNCTIONS }, (_, number) => write(world, number, { dies: number % 2 === 0 })),
    compact(world),
    read(world),
  ])

  await checkHistory(world)
})

type FunctionAnswer = {
  readonly operations: readonly Operation[]
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  readonly version: number
  readonly existed: readonly boolean[]
}

type World = Awaited<ReturnType<typeof createWorld>>

async function createWorld(seed: number, rates: FaultRates) {
  const clock = new TurnClock()
  const calm = testComponents({
    store: new MemoryObjectStore(clock),
    coordination: new MemoryCoordination(),
    clock,
    random: seededRandom(seed * 1000),
  })
  const ref = await createTestShard(calm)
  /** A separate process, which shares only stored data with the others. */
  const open = (number: number, end?: RequestPlan) => {
    const random = seededRandom(seed * 1000 + 1 + number)
    const chance = seededRandom(seed * 1000 + 500 + number)
    const ending = end
      ? { store: new FaultyObjectStore(calm.store, end), coordination: new FaultyCoordination(calm.coordination, end) }
      : calm
    const stores = faultyPlaces(ending, { random: chance, rates, delayTurnsMax: 6 })
    return testComponents({ ...stores, clock, random })
  }
  return { seed, clock, calm, ref, open, answers: [] as FunctionAnswer[], writersLeft: FUNCTIONS }
}

/** One function, which writes batches of new, shared and deleted documents one after another. */
async function write(world: World, number: number, { dies }: { dies: boolean }): Promise<void> {
  const chance = seededRandom(world.seed * 77 + number)
  const below = (max: number) => Math.floor(chance.number() * max)
  const end = dies ? new CutPlan(20 + below(120), { isDone: below(2) === 0 }) : undefined
  const hooks = { ready: () => Promise.resolve(), onCommitted: () => undefined }
  const writer = new ShardWriter(world.open(number, end), world.ref, { budget: new ByteBudget(), hooks })
  for (let batch = 0; batch < WRITES_EACH && !end?.isCut; batch++) {
    const mark = { n: 1 + number * 1000 + batch, title: `batch ${batch} of function ${number}` }
    const operations: Operation[] = [put(`own-${number}-${batch}`, mark)]
    if (below(3) > 0) operations.push(put(`shared-${below(SHARED_IDS)}`, mark))
    if (below(4) === 0) operations.push({ kind: 'delete', id: `shared-${below(SHARED_IDS)}` })
    try {
      const { version, existed } = await writer.submit({ schema: testSchema, operations })
      world.answers.push({ operations, outcome: 'acknowledged', version, existed })
    } catch (error) {
      if (!(error instanceof PrismError)) throw error
      const outcome = error instanceof OutcomeUnknownError ? 'unknown' : 'refused'
      world.answers.push({ operations, outcome, version: 0, existed: [] })
    }
  }
  world.writersLeft--
}

async function compact(world: World): Promise<void> {
  const components = world.open(400)
  const parts = { ...components, compactSegments: rebuildingCompactor(components.store) }
  while (world.writersLeft > 0) {
    await compactShard(parts, world.ref, (segments) => {
      const chosen = segments.filter(() => components.random.number() < 0.5).map(({ name }) => name)
      return chosen.length > 0 ? chosen : undefined
    }).catch((error: unknown) => {
      if (!(error instanceof UnavailableError || error instanceof OutcomeUnknownError)) throw error
    })
    await world.clock.sleep(20)
  }
}

/** Checks that all objects of a version exist, and that it holds all documents acknowledged before the read was sent. */
async function read({ calm, ref, clock, answers }: World): Promise<void> {
  const audited: Audited = new Map()
  for (let i = 0; i < 12; i++) {
    const before = answers.filter(({ outcome }) => outcome === 'acknowledged')
    const head = await readHead(calm, ref)
    const documents = await auditManifest(calm.store, ref, head.manifest, audited)
    for (const { operations, version } of before) {
      expect(version).toBeLessThanOrEqual(head.manifest.version)
      expect(documents.has(operations[0]!.id), `${operations[0]!.id} was acknowledged`).toBe(true)
    }
    await clock.sleep(20)
  }
}

/** Checks the functions' answers against every committed version. */
async function checkHistory({ calm, ref, answers, clock }: World): Promise<void> {
  await foldLeftovers({ ...calm, clock }, ref)
  const head = await readHead(calm, ref)
  expect(head.pending).toEqual([])
  const chain = await auditChain(calm.store, ref, head.manifest)
  expect(chain.map(({ version }) => version)).toEqual(chain.map((_, i) => i + 1))
  const folded = chain.flatMap((manifest) => manifest.folded.map(({ id }) => id))
  expect(folded.length, 'some writes were pending').toBeGreaterThan(3)
  expect(new Set(folded).size, 'no write is folded twice').toBe(folded.length)

  const audited: Audited = new Map()
  const history: Map<string, unknown>[] = []
  for (const manifest of chain) history.push(await auditManifest(calm.store, ref, manifest, audited))
  const at = (version: number, id: string) => (history[version - 1]!.get(id) as { n: number } | undefined)?.n

  const acknowledged = answers.filter(({ outcome }) => outcome === 'acknowledged')
  expect(acknowledged.length).toBeGreaterThan(FUNCTIONS / 2)
  for (const { operations, version, existed } of acknowledged) {
    const [own] = operations
    expect(at(version, own!.id), `${own!.id} at version ${version}`).toBe(markOf(own!))
    expect(at(version - 1, own!.id), `${own!.id} before version ${version}`).toBeUndefined()
    expect(history.at(-1)!.has(own!.id), `${own!.id} is kept`).toBe(true)
    expect(existed[0]).toBe(false)
  }
  for (const { operations } of answers.filter(({ outcome }) => outcome === 'refused')) {
    for (const operation of operations.filter(({ kind }) => kind === 'put')) {
      for (const documents of history)
        expect((documents.get(operation.id) as { n: number } | undefined)?.n, 'a refused write').not.toBe(
          markOf(operation),
        )
    }
  }
  for (let i = 0; i < SHARED_IDS; i++) checkShared(`shared-${i}`, answers, chain.length, at)
}

/**
 * Checks that each commit's writes have an order that explains their answers and ends in the
 * committed state. Each write is a step between "absent" and "present"; the steps must form
 * one path.
 */
function checkShared(
  id: string,
  answers: readonly FunctionAnswer[],
  versions: number,
  at: (version: number, id: string) => number | undefined,
): void {
  const mayMiss = answers.some(
    ({ outcome, operations }) => outcome === 'unknown' && operations.some((o) => o.id === id),
  )
  for (let version = 2; version <= versions; version++) {
    const steps = answers
      .filter((write) => write.outcome === 'acknowledged' && write.version === version)
      .flatMap(({ operations, existed }) =>
        operations.flatMap((operation, i) =>
          operation.id === id ? [{ from: existed[i]!, to: operation.kind === 'put', mark: markOf(operation) }] : [],
        ),
      )
    const [before, after] = [at(version - 1, id), at(version, id)]
    if (mayMiss) continue
    if (steps.length === 0) {
      expect(after, `${id} at version ${version}, which no write changed`).toBe(before)
      continue
    }
    const count = (from: boolean, to: boolean) => steps.filter((step) => step.from === from && step.to === to).length
    const isThere = (mark: number | undefined) => (mark === undefined ? 0 : 1)
    expect(count(false, true) - count(true, false), `${id} at ${version}`).toBe(isThere(after) - isThere(before))
    if (before === undefined && count(false, true) === 0) expect(count(true, true) + count(true, false)).toBe(0)
    if (before !== undefined && count(true, false) === 0) expect(count(false, false) + count(false, true)).toBe(0)
    if (after !== undefined) expect(steps.filter(({ to }) => to).map(({ mark }) => mark)).toContain(after)
  }
}

function markOf(operation: Operation): number | undefined {
  return operation.kind === 'put'
    ? (JSON.parse(new TextDecoder().decode(operation.json)) as { n: number }).n
    : undefined
}
