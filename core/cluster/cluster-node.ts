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

/** Most bytes of a write on its way to an owner. Larger ones are a commit of their own anyway: the node makes it itself. */
export const FORWARDED_BYTES_MAX = 8 * 1024 * 1024
/** Milliseconds after which an owner that has not answered is given up. */
export const FORWARD_MS_MAX = 20_000
/** Times that a node looks up the owner of a shard while others change it, before it commits without the owner. */
const LOOKS_MAX = 4
/** Why a write is refused by a node that does not own the shard, by its newest head. */
const NOT_OWNER = 'not_owner'
/** Most schemas that are kept decoded for writes of other nodes. */
const SCHEMAS_MAX = 1000

export type NodeOptions = {
  /** Where other nodes reach this one. */
  readonly address: string
  /** Version of the software. */
  readonly version: string
  readonly transport: NodeTransport
  readonly random: Random
  /** Called with beats that fail, and with owners that cannot be reached. */
  readonly onFailure?: (error: unknown) => void
}

/** What a node has counted since it started. */
export type NodeReport = {
  /** Live nodes, this one included. */
  readonly nodes: number
  /** Shards that it owns. */
  readonly owned: number
  /** Shards that it became the owner of. */
  readonly taken: number
  /** Writes of a request to a shard that it committed as their owner, those of other nodes included. */
  readonly asOwner: number
  /** Writes that it sent to owners. */
  readonly forwarded: number
  /** Writes that it received from other nodes. */
  readonly received: number
  /** Writes that it committed although it did not own the shard. */
  readonly unowned: number
}

type Counts = { -readonly [Name in Exclude<keyof NodeReport, 'nodes' | 'owned'>]: number }

/**
 * A long-running process among several. It takes ownership of a shard that has no owner when a write for it arrives, and
 * forwards writes to the owners of other shards. Whatever it believes, its commits are safe next to those of an owner: the head decides.
 */
export class ClusterNode implements WriteRouting {
  readonly node: string
  readonly #options: NodeOptions
  readonly #counts: Counts = { taken: 0, asOwner: 0, forwarded: 0, received: 0, unowned: 0 }
  /** Shards it became the owner of; it may have lost them since. */
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

  /** Shows others that it lives, and looks who else does. Until the first time it owns nothing. Never rejects. */
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

  /** Does a write that another node has forwarded, if this node owns its shard; never forwards it again. Never rejects. */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    const [own] = this.#parts()
    let write: Awaited<ReturnType<typeof decodeWrite>>
    try {
      write = await decodeWrite(bytes, (uid, version) => this.#schemaOf(uid, version))
      if (!(await this.#isOwner(write.ref))) return encodeAnswer({ is: 'refused', reason: NOT_OWNER })
    } catch (error) {
      // Nothing was done yet: the sender finds out itself what is wrong.
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

  /** Who commits to a shard: this node, which becomes its owner if nobody else is. */
  async #holderOf(ref: ShardRef): Promise<Standing | { readonly is: 'own' }> {
    const [{ heads }, membership] = this.#parts()
    let known = heads.find(ref)
    for (let look = 0; look < LOOKS_MAX; look++) {
      const isJustRead = known === undefined || look > 0
      if (isJustRead) known = await heads.readNow(ref)
      const { head, knownAtMs } = known!
      if (head.owner === this.node) return { is: 'own' }
      if (head.state === 'deleted' || !membership.hasJoined) break
      const standing: Standing =
        head.owner === undefined ? { is: 'gone' } : await membership.standingOf(head.owner, knownAtMs)
      if (standing.is !== 'gone') return standing
      // What was read long ago would be refused.
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
    // It may be the owner from here on in any case: if the reply was lost, the next look shows it.
    this.#taken.set(`${ref.uid}#${ref.shard}`, ref)
    if (!owned) return false
    this.#counts.taken++
    own.heads.learn(ref, { head: owned, knownAtMs })
    return true
  }

  /**
   * @returns undefined if the owner has certainly not done it: then it is to be done here
   * @throws {OutcomeUnknownError} if it may have
   * @throws {PrismError} what the owner failed with
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
    // It owns the shard no more, or speaks another protocol: not to be asked again at once.
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
      throw new OutcomeUnknownError('outcome_unknown', `${address} did not say what became of a write`, {
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

  /** Schema versions never change, so that those once read need not be read again. */
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
      'a node is opened with the engine whose writes it shares out',
    )
    return [this.#own, this.#membership]
  }
}
