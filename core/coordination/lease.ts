import type { Clock, MonotonicMs } from '../clock.ts'
import { CorruptDataError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Condition, Coordination, Row, RowKey } from './coordination.ts'
import { LEASE_MS, Standstill } from './standstill.ts'

/** The row of the one process of a deployment that does its chores. */
export const LEADER_KEY: RowKey = { pk: 'deployment', sk: 'leader' }

type Terms = { readonly epoch: number; readonly beat: number; readonly holder: string | undefined }

/**
 * A row that one process at a time holds: permission to try, never safety. The
 * holder shows that it lives by changing the row's beat; a challenger that saw no
 * change for {@link LEASE_MS}, by its own monotonic clock, takes the row over with the
 * next epoch. No two ever hold the same epoch, so actions that a former holder must not take are conditional on the
 * epoch. A holder that stalls, or whose clock is slow, believes in its lease until its next {@link tend}.
 */
export class Lease {
  readonly #coordination: Coordination
  readonly #clock: Clock
  readonly #key: RowKey
  /** Names this object: a process that starts again is another holder. */
  readonly #name: string
  /** While it is held, as far as is known. */
  #held: { readonly epoch: number; beat: number } | undefined
  /** Of another holder, while there is one. */
  readonly #standstill: Standstill

  constructor(
    components: { readonly coordination: Coordination; readonly clock: Clock; readonly random: Random },
    key: RowKey,
  ) {
    this.#coordination = components.coordination
    this.#clock = components.clock
    this.#key = key
    this.#name = components.random.name()
    this.#standstill = new Standstill(components.clock)
  }

  /**
   * Renews the lease if it is held, takes it if it is free, looks at it otherwise. To be
   * called several times in {@link LEASE_MS}. One request, or two.
   *
   * @returns the epoch if it is held now
   * @throws {UnavailableError} if that is unknown; it may be held
   */
  async tend(): Promise<number | undefined> {
    if (this.#held && (await this.#renew(this.#held))) return this.#held.epoch
    this.#held = undefined
    const sentMs = this.#clock.monotonic()
    const row = await this.#coordination.read(this.#key, { consistent: true })
    const terms = row && termsOf(row)
    if (terms?.holder === this.#name) return this.#hold(terms)
    if (terms && !this.#isFree(terms, sentMs)) return undefined
    return this.#take(terms)
  }

  /** Releases the lease, so that another process can take it at once. */
  async release(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    if (!held) return
    await this.#coordination.write(this.#key, { remove: ['holder'] }, mine(held.epoch))
  }

  /** Refused means that another took it: only that changes the epoch. */
  async #renew(held: { readonly epoch: number; beat: number }): Promise<boolean> {
    held.beat++
    const change = { set: { beat: held.beat } }
    return (await this.#coordination.write(this.#key, change, mine(held.epoch))) === 'written'
  }

  /** @param sentMs when the read was sent that showed these terms */
  #isFree(terms: Terms, sentMs: MonotonicMs): boolean {
    if (terms.holder === undefined) return true
    return this.#standstill.note(`${terms.epoch}/${terms.beat}`, sentMs) >= LEASE_MS
  }

  async #take(terms: Terms | undefined): Promise<number | undefined> {
    const epoch = (terms?.epoch ?? 0) + 1
    const change = { set: { holder: this.#name, epoch, beat: 0 } }
    const reply = await this.#coordination.write(this.#key, change, takenFrom(terms))
    // Refused: another was faster, or the holder lives. If it answers our own second try, the next look at the row tells.
    return reply === 'written' ? this.#hold({ epoch, beat: 0 }) : undefined
  }

  #hold({ epoch, beat }: Pick<Terms, 'epoch' | 'beat'>): number {
    this.#held = { epoch, beat }
    this.#standstill.forget()
    return epoch
  }
}

/** Only one process ever holds an epoch. */
function mine(epoch: number): Condition[] {
  return [{ attribute: 'epoch', is: 'equal', value: epoch }]
}

/** That the row is as it was read, beat included: a holder that has renewed it since keeps it. */
function takenFrom(terms: Terms | undefined): Condition[] {
  if (!terms) return [{ attribute: 'epoch', is: 'absent' }]
  return [
    { attribute: 'epoch', is: 'equal', value: terms.epoch },
    { attribute: 'beat', is: 'equal', value: terms.beat },
    terms.holder === undefined
      ? { attribute: 'holder', is: 'absent' }
      : { attribute: 'holder', is: 'equal', value: terms.holder },
  ]
}

function termsOf({ pk, sk, attributes }: Row): Terms {
  const { epoch, beat, holder } = attributes
  if (Number.isSafeInteger(epoch) && Number.isSafeInteger(beat)) {
    return { epoch: Number(epoch), beat: Number(beat), holder: typeof holder === 'string' ? holder : undefined }
  }
  throw new CorruptDataError('corrupt_row', `lease ${pk}/${sk} has epoch ${String(epoch)} and beat ${String(beat)}`)
}
