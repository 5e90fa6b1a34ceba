import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { LEASE_MS, Standstill } from '../coordination/standstill.ts'
import { decodeNode, encodeNode, NODE_PREFIX, NODES_PK, type NodeRow, nodeKey } from './node-rows.ts'

/** Between two beats of a node; also how often it looks at those of others. Several fit into a lease. */
export const BEAT_MS = 5_000
/** A node whose beat has stood still for so long is not asked any more, though it still owns what it owns. */
export const SUSPECT_MS = 3 * BEAT_MS
/** Any node removes rows that have not changed for so long: no process may be behind them any more. */
export const TIDY_MS = 10 * 60_000

/** Another node as this one sees it. */
export type Standing =
  /** It lives, and can be asked. */
  | { readonly is: 'member'; readonly id: string; readonly address: string }
  /** It may live, and did not answer: not to be asked before it has shown life again. */
  | { readonly is: 'silent' }
  /** Its row is gone, or has not changed for the lease time. */
  | { readonly is: 'gone' }

type Seen = { readonly row: NodeRow; readonly standstill: Standstill; readonly stillMs: number }

/**
 * Who the nodes of a deployment are. Each keeps a row whose beat it changes; all look at all rows once a beat. It is
 * advice on who should try: a node that is taken for gone by mistake is fenced by the epoch of what is taken from it.
 */
export class Membership {
  readonly #coordination: Coordination
  readonly #clock: Clock
  readonly #self: Omit<NodeRow, 'beat'>
  #beat = 0
  #beating: Promise<unknown> | undefined
  #state: 'outside' | 'joined' | 'left' = 'outside'
  #others = new Map<string, Seen>()
  /** The beat that a node had shown when it did not answer. */
  readonly #doubted = new Map<string, number>()
  /** When the read was sent that `others` are from. */
  #lookedAtMs: MonotonicMs = Number.NEGATIVE_INFINITY
  #looking: { readonly sentAtMs: MonotonicMs; readonly done: Promise<void> } | undefined

  constructor(components: { readonly coordination: Coordination; readonly clock: Clock }, self: Omit<NodeRow, 'beat'>) {
    this.#coordination = components.coordination
    this.#clock = components.clock
    this.#self = self
  }

  /** Whether others can know this node: before that it owns nothing. */
  get hasJoined(): boolean {
    return this.#state === 'joined'
  }

  /** Other nodes that live, as far as is known. */
  get memberCount(): number {
    return [...this.#others.values()].filter(({ stillMs }) => stillMs < LEASE_MS).length
  }

  /**
   * Shows that this node lives, then looks who else does. Two requests, every {@link BEAT_MS}.
   *
   * @throws {UnavailableError} if that cannot be said; the beat may have been written
   */
  async beat(): Promise<void> {
    if (this.#state === 'left') return
    const set = encodeNode({ ...this.#self, beat: ++this.#beat })
    // Without a condition: another node may have removed the row because it took this node for gone.
    this.#beating = this.#coordination.write(nodeKey(this.#self.id), { set }, [])
    await this.#beating
    if (this.#state === 'outside') this.#state = 'joined'
    await this.#look()
  }

  /**
   * How a node stands, by the last look, or by another if that one knew nothing of it yet.
   *
   * @param shownAtMs when the read was sent that named the node: a node has its row before it is named anywhere
   */
  async standingOf(id: string, shownAtMs: MonotonicMs): Promise<Standing> {
    if (!this.#others.has(id) && this.#lookedAtMs < shownAtMs) {
      try {
        await this.#lookSince(shownAtMs)
      } catch {
        return { is: 'silent' }
      }
    }
    const seen = this.#others.get(id)
    if (!seen || seen.stillMs >= LEASE_MS) return { is: 'gone' }
    if (seen.stillMs >= SUSPECT_MS || this.#doubted.get(id) === seen.row.beat) return { is: 'silent' }
    return { is: 'member', id, address: seen.row.address }
  }

  /** Notes that a node did not answer. */
  doubt(id: string): void {
    const seen = this.#others.get(id)
    if (seen) this.#doubted.set(id, seen.row.beat)
  }

  /** Removes the row, so that others take over at once. Never rejects, because without it they take over later. */
  async leave(): Promise<void> {
    const hadJoined = this.#state !== 'outside' || this.#beating !== undefined
    this.#state = 'left'
    // A beat that arrives after it would bring the row back.
    await this.#beating?.catch(() => undefined)
    if (hadJoined) await this.#coordination.delete(nodeKey(this.#self.id), []).catch(() => undefined)
  }

  async #lookSince(sinceMs: MonotonicMs): Promise<void> {
    const looking = this.#looking
    if (looking && looking.sentAtMs < sinceMs) await looking.done.catch(() => undefined)
    await this.#look()
  }

  /** Callers that ask during a look share it. */
  async #look(): Promise<void> {
    if (!this.#looking) {
      const sentAtMs = this.#clock.monotonic()
      const done = this.#readOthers(sentAtMs).finally(() => {
        this.#looking = undefined
      })
      this.#looking = { sentAtMs, done }
    }
    await this.#looking.done
  }

  async #readOthers(sentAtMs: MonotonicMs): Promise<void> {
    const others = new Map<string, Seen>()
    for await (const read of this.#coordination.query(NODES_PK, NODE_PREFIX, { consistent: true })) {
      const row = decodeNode(read)
      if (!row || row.id === this.#self.id) continue
      const standstill = this.#others.get(row.id)?.standstill ?? new Standstill(this.#clock)
      others.set(row.id, { row, standstill, stillMs: standstill.note(String(row.beat), sentAtMs) })
    }
    this.#others = others
    this.#lookedAtMs = sentAtMs
    for (const id of this.#doubted.keys()) if (!others.has(id)) this.#doubted.delete(id)
    await this.#tidy(others)
  }

  async #tidy(others: ReadonlyMap<string, Seen>): Promise<void> {
    for (const { row, stillMs } of others.values()) {
      if (stillMs < TIDY_MS) continue
      // A node that has shown life since stays.
      await this.#coordination.delete(nodeKey(row.id), [{ attribute: 'beat', is: 'equal', value: row.beat }])
    }
  }
}
