import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { compactShard } from '../../core/compaction/compact.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { OutcomeUnknownError, PrismError, UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { NO_LIMIT, type TimeLimit } from '../../core/time-limit.ts'
import { readHead } from '../../core/version/head.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import type { FaultRates } from '../faults/fault-plan.ts'
import { faultyPlaces } from '../faults/faulty-places.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { type Audited, auditChain, auditManifest, auditShard } from './audit-shard.ts'
import { createTestShard, put, testComponents, testSchema } from './open-test-shard.ts'
import { rebuildingCompactor } from './rebuild-segment.ts'
import { TurnClock } from './turn-clock.ts'

/** Fault rates of requests to the rows, where replies matter. Requests for objects fail a tenth as often, or hardly any write would reach the rows. */
const FAULTS: { readonly [name: string]: FaultRates } = {
  none: {},
  'of all kinds': { fail_before: 0.1, throttle: 0.05, fail_after: 0.15, repeat: 0.1 },
  'lost replies': { fail_after: 0.5 },
  'repeated requests': { repeat: 0.5 },
}

/** `PRISM_SEED` repeats one seed; `PRISM_SEEDS` is the number of seeds. */
const SEEDS = process.env.PRISM_SEED
  ? [Number(process.env.PRISM_SEED)]
  : Array.from({ length: Number(process.env.PRISM_SEEDS ?? 3) }, (_, i) => i + 1)

for (const [name, rates] of Object.entries(FAULTS)) {
  test.each(SEEDS)(`writers, compactors and readers agree, faults: ${name}, seed %i`, async (seed) => {
    const world = await createWorld(seed, rates)

    await Promise.all([
      ...[1, 2, 3, 4].map((number) => write(world, number, 14)),
      compact(world, 5),
      compact(world, 6),
      read(world),
    ])

    await checkHistory(world)
  })
}

test.each(SEEDS)(
  'writes refused for lack of time were not done, and acknowledged writes were, seed %i',
  async (seed) => {
    const world = await createWorld(seed, FAULTS['of all kinds']!)

    await Promise.all([
      ...[1, 2, 3, 4].map((number) => write(world, number, 14, { limitMsMax: 400 })),
      compact(world, 5),
      read(world),
    ])

    await checkHistory(world)
    expect(new Set(world.answers.map(({ outcome }) => outcome))).toContain('refused')
  },
)

type WriterAnswer = {
  readonly operations: readonly Operation[]
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  readonly version: number
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
  const process = (number: number, timeLimit: TimeLimit = NO_LIMIT) => {
    const random = seededRandom(seed * 1000 + number)
    const chance = seededRandom(seed * 1000 + 100 + number)
    const stores = faultyPlaces(calm, { random: chance, rates, delayTurnsMax: 6 })
    return { ...testComponents({ ...stores, clock, random }), timeLimit }
  }
  return { seed, clock, calm, ref, process, answers: [] as WriterAnswer[], writersLeft: 4 }
}

/** Writes batches of new, shared and deleted documents, some simultaneously. @param options.limitMsMax longest time limit of each batch's invocation */
async function write(
  world: World,
  number: number,
  batches: number,
  { limitMsMax = Number.POSITIVE_INFINITY } = {},
): Promise<void> {
  let untilMs = Number.POSITIVE_INFINITY
  const timeLimit = { remainingMs: () => untilMs - world.clock.monotonic(), signal: undefined }
  const components = world.process(number, timeLimit)
  const hooks = { ready: () => Promise.resolve(), onCommitted: () => undefined }
  const writer = new ShardWriter(components, world.ref, { budget: new ByteBudget(), hooks })
  const below = (max: number) => Math.floor(components.random.number() * max)
  const underWay: Promise<void>[] = []
  for (let batch = 0; batch < batches; batch++) {
    const mark = { n: number * 1000 + batch, title: `batch ${batch} of writer ${number}` }
    const operations: Operation[] = [put(`own-${number}-${batch}`, mark), put(`shared-${below(6)}`, mark)]
    if (batch > 4 && below(2) === 0) operations.push({ kind: 'delete', id: `own-${number}-${batch - 4}` })
    untilMs = world.clock.monotonic() + limitMsMax * (0.2 + 0.8 * components.random.number())
    underWay.push(tell(world, operations, writer.submit({ schema: testSchema, operations })))
    if (below(3) > 0) await Promise.all(underWay)
  }
  await Promise.all(underWay)
  world.writersLeft--
}

async function tell(
  world: World,
  operations: readonly Operation[],
  submitted: Promise<{ version: number }>,
): Promise<void> {
  try {
    const { version } = await submitted
    world.answers.push({ operations, outcome: 'acknowledged', version })
  } catch (error) {
    if (!(error instanceof PrismError)) throw error
    world.answers.push({
      operations,
      outcome: error instanceof OutcomeUnknownError ? 'unknown' : 'refused',
      version: 0,
    })
  }
}

/** Merges random segments until the writers are done. */
async function compact(world: World, number: number): Promise<void> {
  const components = world.process(number)
  const parts = { ...components, compactSegments: rebuildingCompactor(components.store) }
  while (world.writersLeft > 0) {
    await compactShard(parts, world.ref, (segments) => {
      const chosen = segments.filter(() => components.random.number() < 0.6).map(({ name }) => name)
      return chosen.length > 0 ? chosen : undefined
    }).catch((error: unknown) => {
      if (!(error instanceof UnavailableError || error instanceof OutcomeUnknownError)) throw error
    })
    await world.clock.sleep(10)
  }
}

/** Checks that everything that a version names exists while the version is read. */
async function read({ calm, ref, clock }: World): Promise<void> {
  const audited: Audited = new Map()
  let [version, epoch] = [0, 0]
  for (let i = 0; i < 10; i++) {
    const head = await readHead(calm, ref)
    expect(head.manifest.version).toBeGreaterThanOrEqual(version)
    expect(head.epoch).toBeGreaterThanOrEqual(epoch)
    version = head.manifest.version
    epoch = head.epoch
    await clock.sleep(15)
    await auditManifest(calm.store, ref, head.manifest, audited)
  }
}

/** Checks the writers' answers against every committed version. */
async function checkHistory({ calm, ref, answers }: World): Promise<void> {
  const { head, documents: newest } = await auditShard(calm, ref)
  const chain = await auditChain(calm.store, ref, head.manifest)
  expect(chain.map(({ version }) => version)).toEqual(chain.map((_, i) => i + 1))
  const audited: Audited = new Map()
  const history: Map<string, unknown>[] = []
  for (const manifest of chain) history.push(await auditManifest(calm.store, ref, manifest, audited))
  const marks = history.map((documents) => new Map([...documents].map(([id, document]) => [id, markOf(document)])))

  const deletedAt = new Map<string, number>()
  for (const { operations, outcome, version } of answers) {
    for (const { kind, id } of operations) if (kind === 'delete' && outcome !== 'refused') deletedAt.set(id, version)
  }
  const acknowledged = answers.filter(({ outcome }) => outcome === 'acknowledged')
  expect(acknowledged.length).toBeGreaterThan(0)
  for (const { operations, version } of acknowledged) {
    const atVersion = marks[version - 1]!
    for (const operation of operations) {
      if (operation.kind === 'delete') {
        expect(newest.has(operation.id), `${operation.id} is deleted`).toBe(false)
      } else if (operation.id.startsWith('own')) {
        if (deletedAt.get(operation.id) === version) continue
        expect(atVersion.get(operation.id), `${operation.id} at version ${version}`).toBe(markOfPut(operation))
        if (!deletedAt.has(operation.id)) expect(newest.has(operation.id), `${operation.id} is kept`).toBe(true)
      } else {
        // A later batch of the same commit may have replaced the document.
        const sameCommit = acknowledged.filter((other) => other.version === version)
        const written = sameCommit.flatMap((other) =>
          other.operations.filter(({ id }) => id === operation.id).map(markOfPut),
        )
        expect(written).toContain(atVersion.get(operation.id))
      }
    }
  }
  const refused = answers.filter(({ outcome }) => outcome === 'refused').flatMap(({ operations }) => operations)
  for (const operation of refused.filter(({ kind }) => kind === 'put')) {
    for (const documents of marks) expect(documents.get(operation.id), 'a refused write').not.toBe(markOfPut(operation))
  }
}

function markOf(document: unknown): number {
  return (document as { n: number }).n
}

function markOfPut(operation: Operation): number | undefined {
  return operation.kind === 'put' ? markOf(JSON.parse(new TextDecoder().decode(operation.json))) : undefined
}
