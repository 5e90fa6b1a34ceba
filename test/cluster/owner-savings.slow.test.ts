import { expect, test } from 'vitest'
import { ModelTraffic, modelCoordination, modelObjectStore } from '../../bench/model/s3-model.ts'
import { ClusterNode } from '../../core/cluster/cluster-node.ts'
import { BEAT_MS } from '../../core/cluster/membership.ts'
import type { NodeTransport } from '../../core/cluster/node-transport.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'

const CLIENTS_PER_NODE = 4
const WRITES_PER_CLIENT = 25
/** Between two machines of a region. */
const HOP_MS = 1

test('owners save requests, commits and time, the more nodes there are', async () => {
  const table: string[] = []
  for (const count of [1, 3, 8]) {
    const without = await writeThroughNodes(count, false)
    const owned = await writeThroughNodes(count, true)
    for (const [what, { commits, rows, puts, tookMs }] of [
      ['without owners', without] as const,
      ['with', owned] as const,
    ])
      table.push(`${count} nodes ${what}: ${commits} commits, ${rows} row requests, ${puts} puts, ${tookMs} ms`)

    expect(owned.rows).toBeLessThan(without.rows)
    if (count > 1) {
      expect(owned.commits).toBeLessThan(without.commits)
      expect(owned.puts).toBeLessThan(without.puts)
      expect(owned.tookMs).toBeLessThan(without.tookMs)
    }
    expect([without.documents, owned.documents]).toEqual([count * 100, count * 100])
  }
  process.stderr.write(`${table.join('\n')}\n`)
})

/** Each node has its clients, each of which writes one new document after the other to one shard. Time is simulated. */
async function writeThroughNodes(count: number, areNodes: boolean) {
  const clock = new ManualClock()
  const traffic = new ModelTraffic()
  const calm = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination() }
  const store = modelObjectStore(calm.store, clock, traffic)
  const coordination = modelCoordination(calm.coordination, clock, traffic)
  const listening = new Map<string, ClusterNode>()
  const transport: NodeTransport = {
    send: async (address, _, request) => {
      await clock.sleep(HOP_MS)
      const answer = await listening.get(address)!.answer(request)
      await clock.sleep(HOP_MS)
      return answer
    },
  }
  const ended = new AbortController()
  const open = (number: number) => {
    const address = `http://node-${number}`
    const node = new ClusterNode({ address, version: '1', transport, random: seededRandom(number + 100) })
    if (areNodes) listening.set(address, node)
    const components = { ...testComponents({ store, coordination, clock }), random: seededRandom(number), analyzers }
    const shards = openShards(
      { ...components, ...(areNodes && { routing: node }) },
      { workerCount: 0, removesDeleted: 'later', backgroundCompaction: true },
    )
    return { shards, node }
  }
  const nodes = Array.from({ length: count }, (_, i) => open(i + 1))
  const settings = { schema: testSchema, shardCount: 1, settings: {} }
  const collection = await clock.until(nodes[0]!.shards.createCollection('books', settings))
  if (areNodes) for (const { node } of nodes) void node.keepBeating(ended.signal)
  await clock.advance(BEAT_MS)
  await analyzers.load(testSchema.fields.flatMap(({ type, language }) => (type === 'text' ? [language] : [])))
  traffic.reset()
  const startMs = clock.monotonic()
  const writing = nodes.flatMap(({ shards }, node) =>
    Array.from({ length: CLIENTS_PER_NODE }, async (_, client) => {
      for (let n = 0; n < WRITES_PER_CLIENT; n++) {
        await shards.writeDocuments(collection, [{ id: `d${node}-${client}-${n}`, title: 'a title', n }])
      }
    }),
  )
  await clock.until(Promise.all(writing))
  const { rows, puts } = traffic
  const tookMs = Math.round(clock.monotonic() - startMs)
  ended.abort()
  const { head, documents } = await auditShard(calm, { uid: collection.uid, shard: 0 })
  return { commits: head.manifest.version - 1, rows, puts, tookMs, documents: documents.size }
}
