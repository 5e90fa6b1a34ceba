import { ClusterNode } from '../../core/cluster/cluster-node.ts'
import { BEAT_MS } from '../../core/cluster/membership.ts'
import type { NodeTransport } from '../../core/cluster/node-transport.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { Shards } from '../../core/engine/shards.ts'
import { UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { FREE } from '../../core/storage/prices.ts'
import { meteredCoordination } from '../coordination/metered-coordination.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'

/** What lies between nodes: `send` in place of the way to an address, which it may use. */
export type Between = (address: string, send: () => Promise<Uint8Array>, signal: AbortSignal) => Promise<Uint8Array>

export type TestNode = {
  readonly shards: Shards
  readonly node: ClusterNode
  /** Of its rows. */
  readonly meter: Meter
  /** What it could not do. */
  readonly failures: unknown[]
  readonly address: string
  /** Ends without a word, as `kill -9` does: whoever asks it is refused. */
  readonly kill: () => void
}

/** Nodes and functions over one table and one store, in this process. Time goes on where a call needs it, or a test moves it. */
export function openMemoryCluster(between: Between = (_, send) => send(), table?: Coordination) {
  const clock = new ManualClock()
  const store = new MemoryObjectStore(clock)
  const coordination = table ?? new MemoryCoordination()
  const listening = new Map<string, ClusterNode>()
  let opened = 0

  /** Lets time go on until something is done. */
  const until = <T>(work: Promise<T>): Promise<T> => clock.until(work)
  /** Time goes on while anything is done that needs it. */
  const timed = (shards: Shards): Shards =>
    new Proxy(shards, {
      get:
        (_, name: keyof Shards) =>
        (...given: never[]) => {
          const result = (shards[name] as (...given: never[]) => unknown)(...given)
          return result instanceof Promise ? until(result) : result
        },
    })

  const transport: NodeTransport = {
    send: (address, _, request, signal) => {
      const send = async () => {
        const node = listening.get(address)
        if (!node) throw new UnavailableError('node_unreachable', `${address} refuses`)
        return node.answer(request)
      }
      return between(address, send, signal)
    },
  }
  const components = (number: number, rows: Coordination) => {
    return { ...testComponents({ store, coordination: rows, clock }), random: seededRandom(number), analyzers }
  }
  const settings = { workerCount: 0, removesDeleted: 'later' } as const

  /** A process that owns nothing. */
  const openFunction = (rows: Coordination = coordination): Shards =>
    timed(openShards(components(++opened, rows), settings))

  const openNode = async (rows: Coordination = coordination): Promise<TestNode> => {
    const number = ++opened
    const address = `http://node-${number}`
    const failures: unknown[] = []
    const onFailure = (error: unknown) => failures.push(error)
    const node = new ClusterNode({ address, version: '1', transport, random: seededRandom(1000 + number), onFailure })
    const meter = new Meter(FREE)
    const shards = timed(
      openShards({ ...components(number, meteredCoordination(rows, meter)), routing: node }, settings),
    )
    listening.set(address, node)
    await node.beat()
    return { shards, node, meter, failures, address, kill: () => listening.delete(address) }
  }
  const createCollection = (shards: Shards, shardCount = 1) =>
    shards.createCollection('books', { schema: testSchema, shardCount, settings: {} })
  /** Lets time go on while some nodes beat. */
  const live = async (durationMs: number, nodes: readonly TestNode[]) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += BEAT_MS) {
      await clock.advance(BEAT_MS)
      for (const { node } of nodes) await node.beat()
    }
  }
  return { clock, store, coordination, openFunction, openNode, createCollection, live }
}

export type MemoryCluster = ReturnType<typeof openMemoryCluster>
