import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings, Shards } from '../../core/engine/shards.ts'
import { NotFoundError, PrismError } from '../../core/errors.ts'
import { rebuildTable } from '../../core/repair/rebuild-table.ts'
import { scrub } from '../../core/repair/scrub.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { Collection } from '../../core/version/collection.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

export const SHARDS = 2

/** What a collection holds: its settings, its fields, its documents as JSON by id. */
export type Content = {
  readonly uid: string
  readonly settings: string
  readonly fields: string
  readonly documents: ReadonlyMap<string, string>
}

/** What an operation that was never answered, or answered with an error, may have done. */
export type Maybe = { readonly collection: string; readonly id: string; readonly json: string | undefined }

/** A store and a table; processes that share nothing else; what they were told; and the loss of the table. */
export class LostTableWorld {
  readonly clock = new TurnClock()
  readonly store = new MemoryObjectStore(this.clock)
  coordination: Coordination = new MemoryCoordination()
  /** What unanswered operations may have left, by document. */
  readonly maybe: Maybe[] = []
  readonly maybeSettings = new Set<string>()
  readonly created = new Set<string>()
  readonly deleted = new Set<string>()
  readonly deletionTried = new Set<string>()

  process(seed: number, plan?: RequestPlan, settings: ShardSettings = {}): Shards {
    const { clock, store, coordination } = this
    const stores = plan
      ? { store: new FaultyObjectStore(store, plan), coordination: new FaultyCoordination(coordination, plan) }
      : { store, coordination }
    return openShards({ ...testComponents({ ...stores, clock, seed }), analyzers }, { workerCount: 0, ...settings })
  }

  async create(shards: Shards, name: string): Promise<void> {
    await this.#try(async () => {
      await shards.createCollection(name, { schema: testSchema, shardCount: SHARDS, settings: {} })
      this.created.add(name)
    })
  }

  async write(shards: Shards, collection: string, documents: readonly { readonly id: string }[]): Promise<void> {
    const maybes = documents.map((document) => ({ collection, id: document.id, json: JSON.stringify(document) }))
    await this.#try(async () => {
      const { failures } = await shards.writeDocuments(await shards.getCollection(collection), documents)
      if (failures.length > 0) throw failures[0]!.error
    }, maybes)
  }

  async delete(shards: Shards, collection: string, ids: readonly string[]): Promise<void> {
    const maybes = ids.map((id) => ({ collection, id, json: undefined }))
    await this.#try(async () => {
      await shards.deleteDocuments(await shards.getCollection(collection), ids)
    }, maybes)
  }

  async setSettings(shards: Shards, name: string, settings: Record<string, unknown>): Promise<void> {
    this.maybeSettings.add(JSON.stringify(settings))
    await this.#try(async () => {
      await shards.updateCollection(name, () => ({ settings }))
    })
  }

  async compact(shards: Shards, name: string): Promise<void> {
    await this.#try(async () => {
      await shards.compact(await shards.getCollection(name))
    })
  }

  async deleteCollection(shards: Shards, name: string): Promise<void> {
    this.deletionTried.add(name)
    await this.#try(async () => {
      await shards.deleteCollection(name)
      this.deleted.add(name)
    })
  }

  /** Everything as it is, read without faults, without the write path, from the table there is. */
  async content(): Promise<Map<string, Content>> {
    const shards = this.process(99)
    const content = new Map<string, Content>()
    for (const collection of await shards.listCollections())
      content.set(collection.name, await this.#contentOf(collection))
    return content
  }

  async #contentOf({ uid, shardCount, settings, schema }: Collection): Promise<Content> {
    const documents = new Map<string, string>()
    for (let shard = 0; shard < shardCount; shard++) {
      const audited = await auditShard(this, { uid, shard })
      for (const [id, document] of audited.documents) documents.set(id, JSON.stringify(document))
    }
    const fields = JSON.stringify(schema.fields.map(({ number, name, type }) => [number, name, type]))
    return { uid, settings: JSON.stringify(settings), fields, documents }
  }

  /** Throws the table away, and rebuilds it. */
  async loseTable(seed = 50) {
    this.coordination = new MemoryCoordination()
    return this.rebuild(seed)
  }

  rebuild(seed = 50, plan?: RequestPlan) {
    const { clock, store, coordination } = this
    const stores = plan
      ? { store: new FaultyObjectStore(store, plan), coordination: new FaultyCoordination(coordination, plan) }
      : { store, coordination }
    return rebuildTable(testComponents({ ...stores, clock, seed }))
  }

  async scrub() {
    return scrub(this, await this.process(98).listCollections(), {})
  }

  async #try(run: () => Promise<void>, maybes: readonly Maybe[] = []): Promise<void> {
    this.maybe.push(...maybes)
    try {
      await run()
      for (const one of maybes) this.maybe.splice(this.maybe.indexOf(one), 1)
    } catch (error) {
      if (!(error instanceof PrismError)) throw error
      // There was nothing to write to, so there is nothing that could appear.
      if (error instanceof NotFoundError) for (const one of maybes) this.maybe.splice(this.maybe.indexOf(one), 1)
    }
  }
}

export const documents = (ids: readonly number[], title: string) =>
  ids.map((i) => ({ id: `d${i}`, title: `${title} of ${i}`, n: i }))

/** Everything that changes a table, by two processes, some of it at the same time. */
export async function live(world: LostTableWorld, plan?: RequestPlan): Promise<void> {
  const [one, two] = [world.process(1, plan), world.process(2, plan)]
  await world.create(one, 'books')
  await world.write(one, 'books', documents([1, 2, 3, 4, 5, 6, 7, 8], 'first'))
  await world.delete(two, 'books', ['d1', 'd2'])
  await world.create(two, 'gone')
  await world.write(two, 'gone', documents([1], 'gone'))
  await world.setSettings(one, 'books', { allow_partial_results: true })
  await Promise.all([
    world.write(one, 'books', documents([3, 9], 'second')),
    world.write(two, 'books', documents([4, 10], 'rival')),
    world.delete(two, 'books', ['d5']),
  ])
  await world.deleteCollection(two, 'gone')
  await world.compact(one, 'books')
  await world.write(two, 'books', [{ id: 'd11', extra: 'a new field' } as { id: string }])
  await world.delete(one, 'books', ['d9'])
}

export function storesOf({ store, coordination, clock }: LostTableWorld) {
  return { store, coordination, clock }
}

export async function keysOf({ store }: LostTableWorld): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}
