import type { Attributes, Condition } from '../coordination/coordination.ts'
import { ConflictError, LimitExceededError, NotFoundError, UnavailableError } from '../errors.ts'
import { sleepWithin } from '../time-limit.ts'
import type { ShardRef } from './collection.ts'
import type { CommitComponents } from './commit.ts'
import { collectionGone, headKey } from './head.ts'
import { decodePins, type Pin } from './pins.ts'

/** Most pins of one shard. All of them are in its head, which every commit reads and writes. */
export const PINS_MAX = 32
const TRIES_MAX = 16
const PAUSE_MS_MAX = 200

/**
 * Makes garbage collection keep a version. A collector raises `retainedFrom` before it reads the pins, and the
 * head accepts a pin only while `retainedFrom` is not above the pin's version. So in either order, no pinned version is deleted.
 * A pinned version may be pinned again, however old it is.
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
      throw new ConflictError('pin_exists', `${pin.holder} already pins version ${own.version} of shard ${ref.shard}`)
    if (pins.length >= PINS_MAX) {
      throw new LimitExceededError(
        'too_many_pins',
        `shard ${ref.shard} already has ${pins.length} pins, the most that a shard may have`,
      )
    }
    const isRetained = retainedFrom <= pin.version
    if (!isRetained && !pins.some(({ commitId }) => commitId === pin.commitId))
      throw notRetained(ref, pin.version, retainedFrom)
    return {
      pins: [...pins, pin],
      // Otherwise another pin keeps the version. The pins' revision ensures that this pin still exists.
      conditions: isRetained ? [{ attribute: 'retainedFrom', is: 'at_most', value: pin.version }] : [],
    }
  })
}

/** Removes the pin of a holder. Does nothing if the pin or the shard does not exist. */
export async function removePin(components: CommitComponents, ref: ShardRef, holder: string): Promise<void> {
  await removePins(components, ref, (pin) => pin.holder === holder)
}

/** Removes all pins that `isGivenUp` accepts, even from a deleted collection. */
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
    `version ${version} of shard ${shard} is no longer kept: the oldest kept version is ${retainedFrom}`,
    { details: { shard, version, retained_from: retainedFrom } },
  )
}

/** What a head says about pins. A shard that is gone has none. */
type Pinned = { readonly state: string; readonly pins: readonly Pin[]; readonly retainedFrom: number }

type PinChange = { readonly pins: readonly Pin[]; readonly conditions: readonly Condition[] }

/** @param change returns undefined if there is nothing to do. Runs again after every change by another process */
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
      // Heads from before pins existed have no revision.
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
      // If the reply of a write was lost, the next read shows whether the write happened.
      if (!(error instanceof UnavailableError)) throw error
      cause = error
    }
    await sleepWithin(components, random.number() * Math.min(PAUSE_MS_MAX, 5 * 2 ** attempt))
  }
  throw new UnavailableError('unavailable', `the pins in the ${what} could not be changed in ${TRIES_MAX} tries`, {
    cause,
  })
}
