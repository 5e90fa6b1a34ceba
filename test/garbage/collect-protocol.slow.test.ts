import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { compactShard } from '../../core/compaction/compact.ts'
import type { Change, Condition, RowKey } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { NotFoundError, OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { addPin, removePin } from '../../core/version/change-pins.ts'
import { readHead } from '../../core/version/head.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import { FaultPlan, type FaultRates } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { faultyPlaces } from '../faults/faulty-places.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditManifest, auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'
import { TurnClock } from '../shard/turn-clock.ts'
import { checkKept, checkNothingElse } from './collect-world.ts'

/** Failure rates of requests for rows. Requests for objects fail a tenth as often, so that enough writes reach their commit. */
const FAULTS: { readonly [name: string]: FaultRates } = {
  none: {},
  'of all kinds': { fail_before: 0.1, throttle: 0.05, fail_after: 0.15, repeat: 0.1 },
  'lost replies': { fail_after: 0.4 },
}

/** `PRISM_SEED` repeats one seed, `PRISM_SEEDS` runs more of them. */
const SEEDS = process.env.PRISM_SEED
  ? [Number(process.env.PRISM_SEED)]
  : Array.from({ length: Number(process.env.PRISM_SEEDS ?? 4) }, (_, i) => i + 1)

/** Retentions of the collectors, in milliseconds of a clock that advances only during sleeps. */
const RETENTIONS = [0, 0, 5, 60, 400]

for (const [name, rates] of Object.entries(FAULTS)) {
  test.each(SEEDS)(
    `nothing that is kept is collected, whoever else is at work, faults: ${name}, seed %i`,
    async (seed) => {
      const world = await createWorld(seed, rates)

      await Promise.all([
        ...[1, 2, 3].map((number) => write(world, number, 12)),
        compact(world, 4),
        collect(world, 5),
        collect(world, 6),
        pin(world, 7),
        readOld(world),
      ])

      await checkAcknowledged(world)
      await checkEnd(world)
    },
  )
}

type Told = {
  readonly operations: readonly Operation[]
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
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
  const check = () => checkKept(calm, ref)
  const watched = { store: new WatchedStore(calm, check), coordination: new WatchedRows(calm, check) }
  /** A separate process, which shares only the stores with the others. */
  const process = (number: number): TestComponents => {
    const random = seededRandom(seed * 1000 + number)
    const chance = seededRandom(seed * 1000 + 100 + number)
    return testComponents({ ...faultyPlaces(watched, { random: chance, rates, delayTurnsMax: 8 }), clock, random })
  }
  return { clock, calm, ref, process, told: [] as Told[], writersLeft: 3, collected: { objects: 0 } }
}

/** Checks after every deletion that all kept objects exist. */
class WatchedStore extends FaultyObjectStore {
  readonly #check: () => Promise<void>

  constructor({ store }: TestComponents, check: () => Promise<void>) {
    super(store, new FaultPlan({ random: seededRandom(0), rates: {} }))
    this.#check = check
  }

  override async delete(keys: readonly string[]): Promise<void> {
    await super.delete(keys)
    await this.#check()
  }
}

/** Checks after every change of a row, in particular after commits. */
class WatchedRows extends FaultyCoordination {
  readonly #check: () => Promise<void>

  constructor({ coordination }: TestComponents, check: () => Promise<void>) {
    super(coordination, new FaultPlan({ random: seededRandom(0), rates: {} }))
    this.#check = check
  }

  override async write(key: RowKey, change: Change, conditions: readonly Condition[]) {
    const reply = await super.write(key, change, conditions)
    await this.#check()
    return reply
  }
}

/** Writes batches of new, shared and deleted documents, some at once. */
async function write(world: World, number: number, batches: number): Promise<void> {
  const components = world.process(number)
  const hooks = { ready: () => Promise.resolve(), onCommitted: () => undefined }
  const writer = new ShardWriter(components, world.ref, { budget: new ByteBudget(), hooks })
  const below = (max: number) => Math.floor(components.random.number() * max)
  const underWay: Promise<void>[] = []
  for (let batch = 0; batch < batches; batch++) {
    const mark = { n: number * 1000 + batch, title: `batch ${batch} of writer ${number}` }
    const operations: Operation[] = [put(`own-${number}-${batch}`, mark), put(`shared-${below(6)}`, mark)]
    if (batch > 4 && below(2) === 0) operations.push({ kind: 'delete', id: `own-${number}-${batch - 4}` })
    underWay.push(tell(world, operations, writer.submit({ schema: testSchema, operations })))
    if (below(3) > 0) await Promise.all(underWay)
    if (below(4) === 0) await world.clock.sleep(below(100))
  }
  await Promise.all(underWay)
  world.writersLeft--
}

async function tell(world: World, operations: readonly Operation[], submitted: Promise<unknown>): Promise<void> {
  try {
    await submitted
    world.told.push({ operations, outcome: 'acknowledged' })
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError || error instanceof UnavailableError)) throw error
    world.told.push({ operations, outcome: error instanceof OutcomeUnknownError ? 'unknown' : 'refused' })
  }
}

async function compact(world: World, number: number): Promise<void> {
  const components = world.process(number)
  const parts = { ...components, compactSegments: rebuildingCompactor(components.store) }
  await whileWriting(world, async () => {
    await compactShard(parts, world.ref, (segments) => {
      const chosen = segments.filter(() => components.random.number() < 0.6).map(({ name }) => name)
      return chosen.length > 0 ? chosen : undefined
    })
  })
}

async function collect(world: World, number: number): Promise<void> {
  const components = world.process(number)
  await whileWriting(world, async () => {
    const retentionMs = RETENTIONS[Math.floor(components.random.number() * RETENTIONS.length)]!
    world.collected.objects += (await collectShard(components, world.ref, { retentionMs })).objects
  })
}

/** Pins versions that it has read, and unpins them again. */
async function pin(world: World, number: number): Promise<void> {
  const components = world.process(number)
  const holders: string[] = []
  await whileWriting(world, async () => {
    if (holders.length > 2) await removePin(components, world.ref, holders.shift()!)
    const { manifest } = await readHead(components, world.ref)
    await world.clock.sleep(components.random.number() * 30)
    const holder = `snapshot#${components.random.name()}`
    const { version, commitId } = manifest
    const pinned = addPin(components, world.ref, { holder, version, commitId })
    await pinned.catch((error: unknown) => {
      if (!(error instanceof NotFoundError && error.code === 'version_not_retained')) throw error
    })
    holders.push(holder)
  })
}

/** Reads replaced versions: while a version is kept, all its objects exist. */
async function readOld({ calm, ref, clock }: World): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const { manifest } = await readHead(calm, ref)
    await clock.sleep(20)
    try {
      await auditManifest(calm.store, ref, manifest)
    } catch (error) {
      const { retainedFrom } = await readHead(calm, ref)
      if (!(error instanceof NotFoundError) || retainedFrom <= manifest.version) throw error
    }
  }
}

async function whileWriting(world: World, step: () => Promise<void>): Promise<void> {
  while (world.writersLeft > 0) {
    await step().catch((error: unknown) => {
      if (!(error instanceof UnavailableError || error instanceof OutcomeUnknownError)) throw error
    })
    await world.clock.sleep(10)
  }
}

async function checkAcknowledged({ calm, ref, told }: World): Promise<void> {
  const { documents } = await auditShard(calm, ref)
  const all = told.flatMap(({ operations, outcome }) => operations.map((operation) => ({ ...operation, outcome })))
  const deleted = new Set(
    all.flatMap(({ kind, id, outcome }) => (kind === 'delete' && outcome !== 'refused' ? [id] : [])),
  )
  expect(told.some(({ outcome }) => outcome === 'acknowledged')).toBe(true)
  for (const { kind, id, outcome } of all) {
    if (!id.startsWith('own') || outcome === 'unknown') continue
    if (kind === 'delete' && outcome === 'acknowledged') expect(documents.has(id), `${id} is deleted`).toBe(false)
    if (kind === 'put' && outcome === 'refused') expect(documents.has(id), `${id} was refused`).toBe(false)
    if (kind === 'put' && outcome === 'acknowledged' && !deleted.has(id)) {
      expect(documents.has(id), `${id} is kept`).toBe(true)
    }
  }
}

/** Once all processes are idle, only kept objects are left; without pins these belong to the newest version. */
async function checkEnd({ calm, ref, collected }: World): Promise<void> {
  expect(collected.objects).toBeGreaterThan(0)
  await collectShard(calm, ref, { retentionMs: 0 })
  await checkNothingElse(calm, ref)
  for (const { holder } of (await readHead(calm, ref)).pins) await removePin(calm, ref, holder)
  await collectShard(calm, ref, { retentionMs: 0 })
  await checkNothingElse(calm, ref)
  const { retainedFrom, manifest } = await readHead(calm, ref)
  expect(retainedFrom).toBe(manifest.version)
}
