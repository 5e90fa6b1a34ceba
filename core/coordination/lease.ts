import type { Clock, MonotonicMs } from '../clock.ts'
import { CorruptDataError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Condition, Coordination, Row, RowKey } from './coordination.ts'
import { LEASE_MS, Standstill } from './standstill.ts'

/** The lease of the process that does the chores of a deployment. */
export const LEADER_KEY: RowKey = { pk: 'deployment', sk: 'leader' }

type Terms = { readonly epoch: number; readonly beat: number; readonly holder: string | undefined }

/**
 * A row that normally only one process holds. The lease is permission to try; it gives no safety by itself. The holder
 * changes the row's beat to show that it is alive. A challenger that sees no change for {@link LEASE_MS} on its own
 * monotonic clock takes over the row under the next epoch. No two processes ever hold the same epoch, so actions that a
 * former holder must not take need a condition on the epoch. A holder that stalls, or whose clock is slow, still believes
 * that it holds the lease until its next {@link tend}.
 */
export class Lease {
  readonly #coordination: Coordination
  readonly #clock: Clock
  readonly #key: RowKey
  /** The name of this holder. A restarted process is another holder. */
  readonly #name: string
  /** Set while this process believes that it holds the lease. */
  #held: { readonly epoch: number; beat: number } | undefined
  /** How long the beat of another holder has not changed. */
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
   * Renews the lease if this process holds it, takes it if it is free, and otherwise observes its beat. Must be called
   * several times per {@link LEASE_MS}. Up to three requests.
   *
   * @returns the epoch if this process holds the lease now
   * @throws {UnavailableError} if a request fails; this process may hold the lease
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

  /** @returns false if another process has taken the lease, because nothing else changes the epoch */
  async #renew(held: { readonly epoch: number; beat: number }): Promise<boolean> {
    held.beat++
    const change = { set: { beat: held.beat } }
    return (await this.#coordination.write(this.#key, change, mine(held.epoch))) === 'written'
  }

  /** @param sentMs when the read that returned these terms was sent */
  #isFree(terms: Terms, sentMs: MonotonicMs): boolean {
    if (terms.holder === undefined) return true
    return this.#standstill.note(`${terms.epoch}/${terms.beat}`, sentMs) >= LEASE_MS
  }

  async #take(terms: Terms | undefined): Promise<number | undefined> {
    const epoch = (terms?.epoch ?? 0) + 1
    const change = { set: { holder: this.#name, epoch, beat: 0 } }
    const reply = await this.#coordination.write(this.#key, change, takenFrom(terms))
    // Refused: another challenger was faster, or the holder is alive. If only the reply to our own earlier attempt was lost,
    // the next read of the row shows it.
    return reply === 'written' ? this.#hold({ epoch, beat: 0 }) : undefined
  }

  #hold({ epoch, beat }: Pick<Terms, 'epoch' | 'beat'>): number {
    this.#held = { epoch, beat }
    this.#standstill.forget()
    return epoch
  }
}

/** The lease is still ours if the epoch is, because only one process ever holds an epoch. */
function mine(epoch: number): Condition[] {
  return [{ attribute: 'epoch', is: 'equal', value: epoch }]
}

/** The row is unchanged since it was read. The beat is included, so a holder that has renewed the lease since keeps it. */
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
