import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { LEASE_MS, Standstill } from '../coordination/standstill.ts'
import { decodeNode, encodeNode, NODE_PREFIX, NODES_PK, type NodeRow, nodeKey } from './node-rows.ts'

/** Milliseconds between two beats of a node, which then also reads the beats of the others. Several fit into a lease. */
export const BEAT_MS = 5_000
/** Milliseconds without a new beat after which a node gets no more requests. It still keeps its shards. */
export const SUSPECT_MS = 3 * BEAT_MS
/** Milliseconds without a new beat after which any node removes the row, because its process has probably ended. */
export const TIDY_MS = 10 * 60_000

/** Another node as this one sees it. */
export type Standing =
  /** The node is alive and takes requests. */
  | { readonly is: 'member'; readonly id: string; readonly address: string }
  /** The node may be alive, but did not answer. It gets no request before its next beat. */
  | { readonly is: 'silent' }
  /** The node's row is missing, or has not changed for the lease time. */
  | { readonly is: 'gone' }

type Seen = { readonly row: NodeRow; readonly standstill: Standstill; readonly stillMs: number }

/**
 * The nodes of a deployment. Each node keeps a row with a beat that it changes, and reads all rows once a beat. Membership
 * is only advice: a node that others wrongly take for gone is fenced by the new epochs of the shards that they take from it.
 */
export class Membership {
  readonly #coordination: Coordination
  readonly #clock: Clock
  readonly #self: Omit<NodeRow, 'beat'>
  #beat = 0
  #beating: Promise<unknown> | undefined
  #state: 'outside' | 'joined' | 'left' = 'outside'
  #others = new Map<string, Seen>()
  /** The last beat of each node that did not answer. */
  readonly #doubted = new Map<string, number>()
  /** When the read that filled `others` was sent. */
  #readAtMs: MonotonicMs = Number.NEGATIVE_INFINITY
  #polling: { readonly sentAtMs: MonotonicMs; readonly done: Promise<void> } | undefined

  constructor(components: { readonly coordination: Coordination; readonly clock: Clock }, self: Omit<NodeRow, 'beat'>) {
    this.#coordination = components.coordination
    this.#clock = components.clock
    this.#self = self
  }

  /** Whether the row of this node has been written. Before that, the node owns nothing. */
  get hasJoined(): boolean {
    return this.#state === 'joined'
  }

  /** Number of other nodes that were alive at the last poll. */
  get memberCount(): number {
    return [...this.#others.values()].filter(({ stillMs }) => stillMs < LEASE_MS).length
  }

  /**
   * Writes this node's beat, then polls the others. Two requests, every {@link BEAT_MS}.
   *
   * @throws {UnavailableError} if a request fails; the beat may have been written
   */
  async beat(): Promise<void> {
    if (this.#state === 'left') return
    const set = encodeNode({ ...this.#self, beat: ++this.#beat })
    // Without a condition: another node may have removed the row because it took this node for gone.
    this.#beating = this.#coordination.write(nodeKey(this.#self.id), { set }, [])
    await this.#beating
    if (this.#state === 'outside') this.#state = 'joined'
    await this.#poll()
  }

  /**
   * The state of a node at the last poll. Polls again if that poll is too old to have seen the node.
   *
   * @param shownAtMs when the read that named the node was sent: a node writes its row before anything names it
   */
  async standingOf(id: string, shownAtMs: MonotonicMs): Promise<Standing> {
    if (!this.#others.has(id) && this.#readAtMs < shownAtMs) {
      try {
        await this.#pollSince(shownAtMs)
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
    // A beat that arrives after the delete would bring the row back.
    await this.#beating?.catch(() => undefined)
    if (hadJoined) await this.#coordination.delete(nodeKey(this.#self.id), []).catch(() => undefined)
  }

  async #pollSince(sinceMs: MonotonicMs): Promise<void> {
    const polling = this.#polling
    if (polling && polling.sentAtMs < sinceMs) await polling.done.catch(() => undefined)
    await this.#poll()
  }

  /** Calls during a poll share it. */
  async #poll(): Promise<void> {
    if (!this.#polling) {
      const sentAtMs = this.#clock.monotonic()
      const done = this.#readOthers(sentAtMs).finally(() => {
        this.#polling = undefined
      })
      this.#polling = { sentAtMs, done }
    }
    await this.#polling.done
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
    this.#readAtMs = sentAtMs
    for (const id of this.#doubted.keys()) if (!others.has(id)) this.#doubted.delete(id)
    await this.#tidy(others)
  }

  async #tidy(others: ReadonlyMap<string, Seen>): Promise<void> {
    for (const { row, stillMs } of others.values()) {
      if (stillMs < TIDY_MS) continue
      // The condition keeps the row of a node that has beaten since.
      await this.#coordination.delete(nodeKey(row.id), [{ attribute: 'beat', is: 'equal', value: row.beat }])
    }
  }
}
