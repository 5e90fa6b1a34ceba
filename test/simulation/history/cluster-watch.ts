import type { Change, Condition, Coordination, Row, RowKey } from '../../../core/coordination/coordination.ts'
import type { SimProcess } from '../processes/process.ts'
import type { Scheduler } from '../processes/scheduler.ts'
import { fail } from './known-shard.ts'

/** What became of an epoch of one shard. */
type Epoch = {
  /** Nodes that it was given to: one at most. */
  readonly owners: Set<string>
  /** Processes that committed under it while their node was its owner. */
  readonly committers: Set<string>
}

/**
 * Watches every write that arrives at a head: who sent it, and which epoch that process had heard of when it was sent.
 * An epoch has one owner, whose process alone commits as such; nobody commits under an epoch that it never heard of.
 */
export class OwnerWatch {
  readonly #rows: Coordination
  readonly #scheduler: Scheduler
  readonly #epochs = new Map<string, Epoch>()
  /** Epochs that a process has heard of, by process and shard. */
  readonly #heard = new Map<string, number>()
  /** By the change of a write, what its sender had heard of when it sent it first. */
  readonly #sentUnder = new WeakMap<Change, number>()
  /** What has been found, for the sake of a number that says that something was. */
  readonly seen = { takes: 0, takeOvers: 0, ownerCommits: 0, commitsBeside: 0 }

  constructor(rows: Coordination, scheduler: Scheduler) {
    this.#rows = rows
    this.#scheduler = scheduler
  }

  /** The rows as requests of a process find them when they arrive. @param node its name as an owner, if it is one */
  arrivalsOf(process: SimProcess, node: string | undefined): Coordination {
    return {
      read: (key, options) => this.#rows.read(key, options),
      write: async (key, change, conditions) => {
        if (!isHead(key)) return this.#rows.write(key, change, conditions)
        const before = await this.#rows.read(key, { consistent: true })
        const reply = await this.#rows.write(key, change, conditions)
        if (reply === 'written' && before) this.#look(process, node, change, before, await this.#now(key))
        return reply
      },
      delete: (key, conditions) => this.#rows.delete(key, conditions),
      query: (pk, skPrefix, options) => this.#rows.query(pk, skPrefix, options),
      close: () => this.#rows.close(),
    }
  }

  /** What a process sends and hears, around its way to the rows. */
  hearingOf(process: SimProcess, way: Coordination): Coordination {
    return {
      read: async (key, options) => {
        const row = await way.read(key, options)
        if (row && isHead(key)) this.#hear(process, key, Number(row.attributes.epoch))
        return row
      },
      write: async (key: RowKey, change: Change, conditions: readonly Condition[]) => {
        if (isHead(key) && !this.#sentUnder.has(change)) {
          this.#sentUnder.set(change, this.#heard.get(heardBy(process, key)) ?? 0)
        }
        const reply = await way.write(key, change, conditions)
        // Whoever was given an epoch knows it.
        if (reply === 'written' && isHead(key) && typeof change.set?.epoch === 'number') {
          this.#hear(process, key, change.set.epoch)
        }
        return reply
      },
      delete: (key, conditions) => way.delete(key, conditions),
      query: (pk, skPrefix, options) => way.query(pk, skPrefix, options),
      close: () => way.close(),
    }
  }

  #look(process: SimProcess, node: string | undefined, change: Change, before: Row, after: Row): void {
    const shard = before.pk
    const [from, to] = [before.attributes, after.attributes]
    if (from.owner !== to.owner) {
      if (Number(to.epoch) <= Number(from.epoch)) fail(`${shard} changed its owner and kept epoch ${from.epoch}`)
      this.seen.takes++
      if (from.owner !== undefined) this.seen.takeOvers++
      this.#scheduler.log(() => `OWNED ${shard} by ${process.name} under epoch ${to.epoch}`)
      const { owners } = this.#epochOf(shard, Number(to.epoch))
      owners.add(String(to.owner))
      if (owners.size > 1) fail(`epoch ${to.epoch} of ${shard} was given to ${[...owners].join(' and ')}`)
    }
    if (from.commitId === to.commitId) return
    const epoch = Number(from.epoch)
    const heard = this.#sentUnder.get(change) ?? 0
    if (heard < epoch) fail(`${process.name} committed to ${shard} under epoch ${epoch}, having heard of ${heard}`)
    const { owners, committers } = this.#epochOf(shard, epoch)
    if (node === undefined || !owners.has(node)) {
      if (from.owner !== undefined) this.seen.commitsBeside++
      return
    }
    this.seen.ownerCommits++
    committers.add(process.name)
    if (committers.size > 1) fail(`${[...committers].join(' and ')} committed to ${shard} as owners of epoch ${epoch}`)
  }

  #hear(process: SimProcess, key: RowKey, epoch: number): void {
    const name = heardBy(process, key)
    this.#heard.set(name, Math.max(epoch, this.#heard.get(name) ?? 0))
  }

  #epochOf(shard: string, epoch: number): Epoch {
    const name = `${shard} ${epoch}`
    const known = this.#epochs.get(name) ?? { owners: new Set(), committers: new Set() }
    this.#epochs.set(name, known)
    return known
  }

  async #now(key: RowKey): Promise<Row> {
    return (await this.#rows.read(key, { consistent: true })) ?? fail(`${key.pk} was written and is not there`)
  }
}

function isHead({ sk }: RowKey): boolean {
  return sk === 'head'
}

function heardBy({ name }: SimProcess, { pk }: RowKey): string {
  return `${name} ${pk}`
}
