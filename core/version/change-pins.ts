import type { Attributes, Condition } from '../coordination/coordination.ts'
import { ConflictError, LimitExceededError, NotFoundError, UnavailableError } from '../errors.ts'
import { sleepWithin } from '../time-limit.ts'
import type { ShardRef } from './collection.ts'
import type { CommitComponents } from './commit.ts'
import { collectionGone, headKey } from './head.ts'
import { decodePins, type Pin } from './pins.ts'

/** Pins of one shard: all of them are in its head, which is read and written by every commit. */
export const PINS_MAX = 32
const TRIES_MAX = 16
const PAUSE_MS_MAX = 200

/**
 * Has garbage collection keep a version. A collector raises `retainedFrom` before it looks for pins, and the
 * head takes a pin only as long as `retainedFrom` is not above its version: so whichever comes first, nothing pinned goes.
 * A version that is pinned already may be pinned again, however old.
 *
 * @throws {NotFoundError} 'version_not_retained' if the version may have been collected, 'collection_not_found'
 * @throws {LimitExceededError} 'too_many_pins'
 */
export async function addPin(components: CommitComponents, ref: ShardRef, pin: Pin): Promise<void> {
  await changePins(components, ref, ({ pins, retainedFrom, state }) => {
    if (state !== 'active') throw collectionGone(ref)
    const own = pins.find(({ holder }) => holder === pin.holder)
    if (own?.commitId === pin.commitId) return undefined
    if (own)
      throw new ConflictError('pin_exists', `${pin.holder} pins version ${own.version} of shard ${ref.shard} already`)
    if (pins.length >= PINS_MAX) {
      throw new LimitExceededError(
        'too_many_pins',
        `shard ${ref.shard} has ${pins.length} pins, which is all it may have`,
      )
    }
    const isRetained = retainedFrom <= pin.version
    if (!isRetained && !pins.some(({ commitId }) => commitId === pin.commitId))
      throw notRetained(ref, pin.version, retainedFrom)
    return {
      pins: [...pins, pin],
      // Where another pin keeps it, it is that pin which has to be there still.
      conditions: isRetained ? [{ attribute: 'retainedFrom', is: 'at_most', value: pin.version }] : [],
    }
  })
}

/** Takes a pin away again; one that is not there is no error, nor is a shard that is gone. */
export async function removePin(components: CommitComponents, ref: ShardRef, holder: string): Promise<void> {
  await removePins(components, ref, (pin) => pin.holder === holder)
}

/** Takes away all pins that are given up, also of a collection that was deleted. */
export async function removePins(
  components: CommitComponents,
  ref: ShardRef,
  isGivenUp: (pin: Pin) => boolean,
): Promise<void> {
  await changePins(components, ref, ({ pins }) => {
    const left = pins.filter((pin) => !isGivenUp(pin))
    return left.length === pins.length ? undefined : { pins: left, conditions: [] }
  })
}

export function notRetained({ shard }: ShardRef, version: number, retainedFrom: number): NotFoundError {
  return new NotFoundError(
    'version_not_retained',
    `version ${version} of shard ${shard} is not kept any more: the oldest one that is has number ${retainedFrom}`,
    { details: { shard, version, retained_from: retainedFrom } },
  )
}

/** Of a shard that is gone nothing is pinned. */
type Pinned = { readonly state: string; readonly pins: readonly Pin[]; readonly retainedFrom: number }

type PinChange = { readonly pins: readonly Pin[]; readonly conditions: readonly Condition[] }

/** @param change undefined: nothing to do. Runs again for every change that another made */
async function changePins(
  components: CommitComponents,
  ref: ShardRef,
  change: (current: Pinned) => PinChange | undefined,
): Promise<void> {
  const { coordination, random } = components
  const what = `head of shard ${ref.shard} of ${ref.uid}`
  let cause: unknown
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    try {
      const row = await coordination.read(headKey(ref), { consistent: true })
      const { state, pinsRevision, retainedFrom }: Attributes = row?.attributes ?? {}
      const pins = row ? decodePins(row.attributes, what) : []
      const changed = change({ state: String(state), pins, retainedFrom: Number(retainedFrom) })
      if (!changed) return
      const set = { pins: changed.pins, pinsRevision: Number(pinsRevision ?? 0) + 1 }
      // Heads made before there were pins have no revision.
      const unchanged: Condition =
        pinsRevision === undefined
          ? { attribute: 'pinsRevision', is: 'absent' }
          : { attribute: 'pinsRevision', is: 'equal', value: Number(pinsRevision) }
      const reply = await coordination.write(headKey(ref), { set }, [
        { attribute: 'state', is: 'equal', value: String(state) },
        unchanged,
        ...changed.conditions,
      ])
      if (reply === 'written') return
    } catch (error) {
      // Whether a write whose reply was lost happened shows at the next reading.
      if (!(error instanceof UnavailableError)) throw error
      cause = error
    }
    await sleepWithin(components, random.number() * Math.min(PAUSE_MS_MAX, 5 * 2 ** attempt))
  }
  throw new UnavailableError('unavailable', `the pins in the ${what} could not be changed ${TRIES_MAX} times`, {
    cause,
  })
}
