import { expect, test } from 'vitest'
import { OutcomeUnknownError, PrismError, UnavailableError } from '../../core/errors.ts'
import { openBucket } from '../../core/open/open-bucket.ts'
import { systemClock } from '../../core/system-clock.ts'
import { ThawingClock } from '../../core/thawing-clock.ts'
import { InvocationLimit } from '../../core/time-limit.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { startBucket } from '../processes/back-end.ts'
import { startOneEndpoint } from '../processes/one-endpoint.ts'

const INVOCATIONS = 40
/**
 * How long an invocation may take to end after its limit, on a busy machine. Without a limit it waits 5 s for a lost
 * reply.
 */
const GRACE_MS = 1000

test('invocations end in time and report their writes correctly, regardless of lost replies', async () => {
  process.env.AWS_ACCESS_KEY_ID ??= 'test'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
  const { calm, lossy, close } = await startEndpoints()
  await calm.createCollection('books', { shards: 2 })
  const clock = new ThawingClock(systemClock)
  const timeLimit = new InvocationLimit(clock)
  const engine = await lossy({ clock, timeLimit })
  const random = seededRandom(3)
  const told = new Map<string, Outcome>()
  const lateMs: number[] = []

  for (let i = 0; i < INVOCATIONS; i++) {
    clock.thaw()
    const untilMs = clock.monotonic() + 20 + 250 * random.number()
    timeLimit.begin(untilMs)
    told.set(`d${i}`, await outcomeOf(engine.writeDocuments('books', [{ id: `d${i}`, n: i }])))
    await engine.settle()
    lateMs.push(clock.monotonic() - untilMs)
    timeLimit.end()
  }

  expect(Math.max(...lateMs)).toBeLessThan(GRACE_MS)
  const found = await calm.getDocuments('books', [...told.keys()], { consistency: 'strong' })
  for (const [i, [id, outcome]] of [...told].entries()) {
    if (outcome === 'acknowledged') expect(found[i], id).toMatchObject({ id, n: i })
    if (outcome === 'refused') expect(found[i], id).toBeUndefined()
  }
  expect(new Set(told.values())).toContain('acknowledged')
  expect(new Set(told.values())).toContain('refused')
  await engine.close()
  await close()
})

type Outcome = 'acknowledged' | 'refused' | 'unknown'

async function outcomeOf(writing: Promise<unknown>): Promise<Outcome> {
  try {
    await writing
    return 'acknowledged'
  } catch (error) {
    if (!(error instanceof PrismError)) throw error
    expect([UnavailableError, OutcomeUnknownError]).toContain(error.constructor)
    return error instanceof OutcomeUnknownError ? 'unknown' : 'refused'
  }
}

/** A bucket and a table, each with a reliable access and one that loses one reply in eight. */
async function startEndpoints() {
  const backEnd = await startBucket()
  if (backEnd.place.kind !== 'bucket') throw new Error('a folder has no time limit')
  const { bucket, table, endpoint, s3, dynamo } = backEnd.place
  const lossy = await startOneEndpoint({ s3, dynamo }, { broken: 0.05, silent: 0.08 })
  const settings = { bucket, table, workerCount: 0, removesDeleted: 'later' } as const
  const calm = await openBucket({ ...settings, endpoint })
  return {
    calm,
    lossy: (given: Parameters<typeof openBucket>[1]) => openBucket({ ...settings, endpoint: lossy.endpoint }, given),
    async close() {
      await calm.close()
      await lossy.close()
      await backEnd.close()
    },
  }
}
