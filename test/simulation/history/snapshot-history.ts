import type { Attributes } from '../../../core/coordination/coordination.ts'
import type { ManifestId } from '../../../core/version/object-names.ts'
import type { Scheduler } from '../processes/scheduler.ts'
import { fail, type KnownVersion } from './known-shard.ts'

/** A named snapshot, from when it could be read. */
export type KnownSnapshot = {
  readonly uid: string
  readonly name: string
  readonly holder: string
  /** One a shard. */
  readonly versions: readonly ManifestId[]
  readonly readyStep: number
  /** When it could be read no more. */
  endedStep: number
  /** Its client was told that it is made. */
  isPromised: boolean
  /** It ended though nobody had asked for its deletion. */
  isLost: boolean
}

/** One call of `deleteSnapshot`. @see SnapshotHistory.beginDeleting */
export type AskedDeletion = { readonly name: string; readonly fromStep: number; toStep: number }

/**
 * What snapshots there were, as their rows say, and what clients were told of them:
 *
 * - one whose making was acknowledged is there until somebody asks for its deletion;
 * - while it is there nothing goes that its versions consist of;
 * - whoever is told that there is none is told so while there is none.
 *
 * That it reads as what its versions held is for the search to check, as of any version.
 */
export class SnapshotHistory {
  readonly #scheduler: Scheduler
  readonly #all: KnownSnapshot[] = []
  readonly #deletions: AskedDeletion[] = []

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Those that can be read now. */
  get current(): readonly KnownSnapshot[] {
    return this.#all.filter(({ endedStep }) => endedStep === Number.POSITIVE_INFINITY)
  }

  /**
   * Takes note of a row as it is.
   *
   * @param isFenced its collection was deleted: there is no snapshot any more, whatever the row says
   * @returns the snapshot, if it is there from now on
   */
  saw(uid: string, name: string, { row, isFenced }: { row: Attributes | undefined; isFenced: boolean }) {
    const before = this.current.find((one) => one.uid === uid && one.name === name)
    const holder = row?.state === 'ready' ? String(row.holder) : undefined
    if (before && before.holder !== holder) this.#end(before)
    if (holder === undefined || this.#all.some((one) => one.holder === holder)) return undefined
    const { step } = this.#scheduler
    const made: KnownSnapshot = {
      uid,
      name,
      holder,
      versions: row!.versions as unknown as readonly ManifestId[],
      readyStep: step,
      endedStep: isFenced ? step : Number.POSITIVE_INFINITY,
      isPromised: false,
      isLost: false,
    }
    this.#all.push(made)
    this.#scheduler.log(() => `SNAPSHOT ${name} of ${uid}: ${versionsOf(made)}`)
    return isFenced ? undefined : made
  }

  #end(snapshot: KnownSnapshot): void {
    snapshot.endedStep = this.#scheduler.step
    this.#scheduler.log(() => `SNAPSHOT ${snapshot.name} of ${snapshot.uid} ends`)
    const wasAsked = this.#deletions.some(({ name, toStep }) => name === snapshot.name && toStep >= snapshot.readyStep)
    if (!wasAsked) this.#lose(snapshot)
  }

  /** All of a collection's go with it. */
  fenced(uid: string): void {
    for (const one of this.current) if (one.uid === uid) one.endedStep = this.#scheduler.step
  }

  /** Who makes one may take it back if it does not get to know that it was made; nobody else may, nor afterwards. */
  #lose(snapshot: KnownSnapshot): void {
    snapshot.isLost = true
    if (snapshot.isPromised) fail(`snapshot ${snapshot.name} of ${snapshot.uid} is gone, and nobody deleted it`)
  }

  /** A client was told that it is made. */
  acknowledge(name: string, versions: readonly number[], fromStep: number): void {
    const those = this.#find(name, fromStep).filter((one) => String(versionsOf(one)) === String(versions))
    // Another of the same versions may have been taken back by its maker just before.
    const made = those.find(({ isLost }) => !isLost) ?? those[0]
    if (!made) fail(`snapshot ${name} of versions ${versions} was acknowledged, and was not there meanwhile`)
    made.isPromised = true
    if (made.isLost) this.#lose(made)
  }

  /** From here on it may go, at any later time if the client is not told that there is none. */
  beginDeleting(name: string): AskedDeletion {
    const asked = { name, fromStep: this.#scheduler.step, toStep: Number.POSITIVE_INFINITY }
    this.#deletions.push(asked)
    return asked
  }

  /** A client read versions under a name. */
  wasRead(name: string, uid: string, { versions, fromStep }: { versions: readonly number[]; fromStep: number }): void {
    const found = this.#find(name, fromStep).some(
      (one) => one.uid === uid && String(versionsOf(one)) === String(versions),
    )
    if (!found) fail(`snapshot ${name} of ${uid} was read as ${versions}, which it was not meanwhile`)
  }

  /** A client was told that there is none, or that it is not kept: of some collection of the name that was so. */
  wasMissing(name: string, fromStep: number, uids: Iterable<string>): void {
    const { step } = this.#scheduler
    for (const uid of uids) {
      const own = this.#all.filter((one) => one.name === name && one.uid === uid)
      if (!own.some(({ readyStep, endedStep }) => readyStep < fromStep && endedStep > step)) return
    }
    fail(`a client was told since step ${fromStep} that there is no snapshot ${name}, which was there all the time`)
  }

  /** Whether a version was kept by some snapshot all the time since a step. */
  hasKept(uid: string, shard: number, { version }: Pick<KnownVersion, 'version'>, fromStep: number): boolean {
    return this.current.some(
      (one) => one.uid === uid && one.readyStep < fromStep && one.versions[shard]?.version === version,
    )
  }

  #find(name: string, fromStep: number): KnownSnapshot[] {
    return this.#all.filter((one) => one.name === name && one.endedStep >= fromStep)
  }
}

function versionsOf({ versions }: KnownSnapshot): number[] {
  return versions.map(({ version }) => version)
}
