import { assert } from '../assert.ts'
import { readSchema } from '../collections/schema-rows.ts'
import { OutcomeUnknownError, UnavailableError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Schema } from '../schema/schema.ts'
import type { ShardRef } from '../version/collection.ts'
import type { KnownHead } from '../version/head-cache.ts'
import { ownShard } from '../version/own-shard.ts'
import type { WriteOutcome, WriteRequest } from '../writing/shard-writer.ts'
import type { OwnWrites, SubmitWrite, WriteRouting } from '../writing/write-routing.ts'
import { BEAT_MS, Membership, type Standing } from './membership.ts'
import type { NodeTransport } from './node-transport.ts'
import { decodeAnswer, decodeWrite, encodeAnswer, encodeWrite, type OwnerAnswer } from './write-messages.ts'

/** Maximum bytes of a forwarded write. A larger write is a commit of its own anyway, so the node that received it commits it. */
export const FORWARDED_BYTES_MAX = 8 * 1024 * 1024
/** Milliseconds that a node waits for the answer of an owner. */
export const FORWARD_MS_MAX = 20_000
/** Reads of a head whose owner keeps changing, before a node commits without the owner. */
const READS_MAX = 4
/** The reason that a node gives for a refusal if the newest head of the shard names another owner. */
const NOT_OWNER = 'not_owner'
/** Maximum number of decoded schemas kept for writes of other nodes. */
const SCHEMAS_MAX = 1000

export type NodeOptions = {
  /** The address at which other nodes reach this node. */
  readonly address: string
  /** Version of the software. */
  readonly version: string
  readonly transport: NodeTransport
  readonly random: Random
  /** Called with the error of each failed beat and of each owner that cannot be reached. */
  readonly onFailure?: (error: unknown) => void
}

/** A node's present state, and its counts since it started. */
export type NodeReport = {
  /** Live nodes, including this one. */
  readonly nodes: number
  /** Shards that this node owns now. */
  readonly owned: number
  /** Times that this node became the owner of a shard. */
  readonly taken: number
  /** Writes that this node committed as the owner of the shard, including those of other nodes. */
  readonly asOwner: number
  /** Writes that this node forwarded to owners. */
  readonly forwarded: number
  /** Writes that this node received from other nodes and committed. */
  readonly received: number
  /** Writes that this node committed without owning the shard. */
  readonly unowned: number
}

type Counts = { -readonly [Name in Exclude<keyof NodeReport, 'nodes' | 'owned'>]: number }

/**
 * One of several long-running processes. When a write arrives for a shard without an owner, the node becomes its owner. It
 * forwards writes for other shards to their owners. Wrong beliefs about ownership are harmless: the conditional write of
 * the head decides every commit.
 */
export class ClusterNode implements WriteRouting {
  readonly node: string
  readonly #options: NodeOptions
  readonly #counts: Counts = { taken: 0, asOwner: 0, forwarded: 0, received: 0, unowned: 0 }
  /** Shards that this node became the owner of; it may have lost them since. */
  readonly #taken = new Map<string, ShardRef>()
  readonly #taking = new Map<string, Promise<boolean>>()
  readonly #schemas = new Map<string, Schema>()
  #own: OwnWrites | undefined
  #membership: Membership | undefined

  constructor(options: NodeOptions) {
    this.node = options.random.name()
    this.#options = options
  }

  start(own: OwnWrites): SubmitWrite {
    const { address, version } = this.#options
    this.#own = own
    this.#membership = new Membership(own, { id: this.node, address, version })
    return (ref, request) => this.#submit(ref, request)
  }

  /** Writes this node's beat and reads those of the others. Before the first beat the node owns nothing. Never rejects. */
  async beat(): Promise<void> {
    const [, membership] = this.#parts()
    await membership.beat().catch((error: unknown) => this.#options.onFailure?.(error))
  }

  /** {@link beat}s until the signal is aborted. */
  async keepBeating(signal: AbortSignal): Promise<void> {
    const [{ clock }] = this.#parts()
    while (!signal.aborted) {
      await this.beat()
      await clock.sleep(BEAT_MS, signal).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await this.#membership?.leave()
  }

  report(): NodeReport {
    const [{ heads }, membership] = this.#parts()
    const owned = [...this.#taken.values()].filter((ref) => heads.find(ref)?.head.owner === this.node).length
    return { nodes: membership.memberCount + 1, owned, ...this.#counts }
  }

  /** Commits a forwarded write if this node owns the shard, and refuses it otherwise. Never rejects. */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    const [own] = this.#parts()
    let write: Awaited<ReturnType<typeof decodeWrite>>
    try {
      write = await decodeWrite(bytes, (uid, version) => this.#schemaOf(uid, version))
      if (!(await this.#isOwner(write.ref))) return encodeAnswer({ is: 'refused', reason: NOT_OWNER })
    } catch (error) {
      // Nothing has been written yet, so the sender may commit the write itself.
      return encodeAnswer({ is: 'refused', reason: error instanceof Error ? error.message : String(error) })
    }
    this.#counts.received++
    this.#counts.asOwner++
    try {
      return encodeAnswer({ is: 'done', outcome: await own.submit(write.ref, write.request) })
    } catch (error) {
      return encodeAnswer({ is: 'failed', error: error instanceof Error ? error : new Error(String(error)) })
    }
  }

  async #submit(ref: ShardRef, request: WriteRequest): Promise<WriteOutcome> {
    const [own] = this.#parts()
    const holder = await this.#holderOf(ref)
    if (holder.is === 'member') {
      const outcome = await this.#forward(holder, ref, request)
      if (outcome) {
        own.heads.noteVersion(ref, outcome.version)
        return outcome
      }
    }
    this.#counts[holder.is === 'own' ? 'asOwner' : 'unowned']++
    return own.submit(ref, request)
  }

  /** The node that commits to a shard. If the shard has no owner, this node becomes its owner. */
  async #holderOf(ref: ShardRef): Promise<Standing | { readonly is: 'own' }> {
    const [{ heads }, membership] = this.#parts()
    let known = heads.find(ref)
    for (let read = 0; read < READS_MAX; read++) {
      const isJustRead = known === undefined || read > 0
      if (isJustRead) known = await heads.readNow(ref)
      const { head, knownAtMs } = known!
      if (head.owner === this.node) return { is: 'own' }
      if (head.state === 'deleted' || !membership.hasJoined) break
      const standing: Standing =
        head.owner === undefined ? { is: 'gone' } : await membership.standingOf(head.owner, knownAtMs)
      if (standing.is !== 'gone') return standing
      // A head read long ago is probably outdated, and taking the shard would be refused.
      if (isJustRead && (await this.#take(ref, known!))) return { is: 'own' }
    }
    return { is: 'silent' }
  }

  #take(ref: ShardRef, known: KnownHead): Promise<boolean> {
    const key = `${ref.uid}#${ref.shard}`
    const taking = this.#taking.get(key) ?? this.#takeOnce(ref, known).finally(() => this.#taking.delete(key))
    this.#taking.set(key, taking)
    return taking
  }

  async #takeOnce(ref: ShardRef, { head }: KnownHead): Promise<boolean> {
    const [own] = this.#parts()
    const knownAtMs = own.clock.monotonic()
    const owned = await ownShard(own, ref, head, this.node)
    // Noted even without a success: if only the reply was lost, this node is the owner and the next read shows it.
    this.#taken.set(`${ref.uid}#${ref.shard}`, ref)
    if (!owned) return false
    this.#counts.taken++
    own.heads.learn(ref, { head: owned, knownAtMs })
    return true
  }

  /**
   * @returns undefined if the owner has certainly not committed the write, so this node must commit it
   * @throws {OutcomeUnknownError} if the owner may have committed the write
   * @throws {PrismError} the error of the owner
   */
  async #forward(
    { id, address }: Extract<Standing, { is: 'member' }>,
    { uid, shard }: ShardRef,
    request: WriteRequest,
  ): Promise<WriteOutcome | undefined> {
    const bytes = encodeWrite({ uid, shard }, request)
    if (bytes.length > FORWARDED_BYTES_MAX) return undefined
    const answer = await this.#ask(address, `/internal/shards/${uid}/${shard}/writes`, bytes).catch(
      (error: unknown) => {
        this.#membership!.doubt(id)
        if (!(error instanceof UnavailableError)) throw error
        this.#options.onFailure?.(error)
        return undefined
      },
    )
    // The node speaks another protocol or cannot read the write: send it nothing more until its next beat.
    if (answer?.is === 'refused' && answer.reason !== NOT_OWNER) this.#membership!.doubt(id)
    if (!answer || answer.is === 'refused') return undefined
    this.#counts.forwarded++
    if (answer.is === 'failed') throw answer.error
    return answer.outcome
  }

  async #ask(address: string, path: string, bytes: Uint8Array): Promise<OwnerAnswer> {
    const [{ clock, timeLimit }] = this.#parts()
    const over = new AbortController()
    const answered = new AbortController()
    clock.sleep(FORWARD_MS_MAX, answered.signal).then(
      () => over.abort(),
      () => undefined,
    )
    const signal = timeLimit?.signal ? AbortSignal.any([over.signal, timeLimit.signal]) : over.signal
    try {
      const reply = await this.#options.transport.send(address, path, bytes, signal)
      return decodeAnswer(reply)
    } catch (error) {
      if (error instanceof UnavailableError || error instanceof OutcomeUnknownError) throw error
      throw new OutcomeUnknownError('outcome_unknown', `${address} did not report the outcome of a write`, {
        cause: error,
      })
    } finally {
      answered.abort()
    }
  }

  async #isOwner(ref: ShardRef): Promise<boolean> {
    const [{ heads }] = this.#parts()
    if (heads.find(ref)?.head.owner === this.node) return true
    return (await heads.readNow(ref)).head.owner === this.node
  }

  /** A schema version never changes, so it is read once. */
  async #schemaOf(uid: string, version: number): Promise<Schema> {
    const key = `${uid}#${version}`
    const schema = this.#schemas.get(key) ?? (await readSchema(this.#parts()[0].coordination, uid, version))
    if (this.#schemas.size >= SCHEMAS_MAX) this.#schemas.clear()
    this.#schemas.set(key, schema)
    return schema
  }

  #parts(): readonly [OwnWrites, Membership] {
    assert(
      this.#own !== undefined && this.#membership !== undefined,
      'a node must be started by an engine before its first use',
    )
    return [this.#own, this.#membership]
  }
}
