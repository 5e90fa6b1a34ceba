import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readName } from '../../core/collections/collection-rows.ts'
import { openStores, startBucket } from '../processes/back-end.ts'
import { buildPrograms } from '../processes/build-programs.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type ServingNode, startServingNode } from './serving-node.ts'

const CLIENTS_PER_NODE = 3
/** A stopped server answers nothing; its client then does not know what became of its write. */
const ANSWER_MS_MAX = 30_000
const WAIT_MS_MAX = 120_000

type Told = { acknowledged: Set<number>; unknown: Set<number>; refused: Map<number, string> }

test('three nodes, of which the owner is killed and the next one stopped for longer than a lease, lose and double nothing', async () => {
  const programs = await temporaryFolder()
  buildPrograms(programs)
  const backEnd = await startBucket()
  const { place } = backEnd
  if (place.kind !== 'bucket') throw new Error('a bucket is one')
  const nodes = await Promise.all([1, 2, 3].map(() => startServingNode(programs, place)))
  let isOver = false
  try {
    const schema = { fields: { n: 'integer', client: 'keyword' } }
    await fetch(`${nodes[0]!.address}/collections/books`, { method: 'PUT', ...json({ schema }) })
    const told: Told = { acknowledged: new Set(), unknown: new Set(), refused: new Map() }
    let next = 0
    const stopped = new Set<ServingNode>()
    const lives = (node: ServingNode) => node.child.signalCode === null && !stopped.has(node)
    const clients = nodes.flatMap((node, i) =>
      Array.from({ length: CLIENTS_PER_NODE }, async (_, client) => {
        while (!isOver) {
          if (lives(node)) await write(node.address, next++, `c${i}-${client}`, told)
          else await sleep(50)
        }
      }),
    )
    const ownerOf = () => whoOwns(nodes.filter(lives))

    const first = await until(ownerOf, 'a node owns the shard')
    await acknowledgedMore(told, 200)
    const shares = await Promise.all(nodes.map((node) => node.numbers()))
    await first.kill()
    const atKill = told.acknowledged.size
    await acknowledgedMore(told, 50)
    const stillOf = await ownerOf()
    const second = await until(ownerOf, 'another node took the shard over')
    const atTakeOver = told.acknowledged.size
    await acknowledgedMore(told, 100)

    second.child.kill('SIGSTOP')
    stopped.add(second)
    const third = await until(ownerOf, 'the third node took the shard over')
    await acknowledgedMore(told, 50)
    second.child.kill('SIGCONT')
    stopped.delete(second)
    await until(async () => ((await second.numbers()).owned_shards === 0 ? true : undefined), 'it hears of that')
    const before = await second.numbers()
    await acknowledgedMore(told, 200)
    const after = await second.numbers()
    isOver = true
    await Promise.all(clients)

    expect(third).not.toBe(second)
    // Nobody waits for the lease: until somebody owns the shard everybody commits beside.
    expect(stillOf).toBeUndefined()
    expect(atTakeOver - atKill).toBeGreaterThan(50)
    // Whoever lost the shard leaves its writes to the new owner.
    expect(after.forwarded_writes_total! - before.forwarded_writes_total!).toBeGreaterThan(10)
    const documents = await documentsByNumber(place)
    expect([...told.acknowledged].filter((n) => documents.get(n)?.length !== 1)).toEqual([])
    expect([...told.unknown].filter((n) => (documents.get(n)?.length ?? 0) > 1)).toEqual([])
    expect([...told.refused].filter(([n]) => documents.has(n))).toEqual([])
    expect([...documents.keys()].filter((n) => !told.acknowledged.has(n) && !told.unknown.has(n))).toEqual([])
    const logged = nodes.flatMap(({ log }) => log).filter((line) => line.startsWith('{"level":"error"'))
    // Writes that a killed or stopped owner did not answer are logged for what they are.
    const codes = logged.map((line) => (JSON.parse(line) as { code?: string }).code)
    expect(codes.filter((code) => code !== 'node_unreachable' && code !== 'outcome_unknown')).toEqual([])
    const sum = (name: string) => shares.reduce((total, numbers) => total + numbers[name]!, 0)
    const [forwarded, asOwner, unowned] = ['forwarded', 'owner', 'unowned'].map((kind) => sum(`${kind}_writes_total`))
    expect(forwarded).toBeGreaterThan(asOwner! / 3)
    report(
      `${told.acknowledged.size} acknowledged, ${told.unknown.size} unknown, ${told.refused.size} refused; of the first ` +
        `${asOwner! + unowned!} writes ${asOwner} by the owner, ${forwarded} of them forwarded to it, ${unowned} by others`,
    )
  } finally {
    isOver = true
    await Promise.all(nodes.map((node) => node.kill()))
    await backEnd.close()
  }
}, 600_000)

async function write(address: string, n: number, client: string, told: Told): Promise<void> {
  try {
    const response = await fetch(`${address}/collections/books/documents`, {
      method: 'POST',
      ...json({ documents: [{ n, client }] }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const answer = (await response.json()) as { indexed?: number; error?: { code: string } }
    if (answer.indexed === 1) told.acknowledged.add(n)
    else if (answer.error?.code === 'outcome_unknown') told.unknown.add(n)
    else told.refused.set(n, JSON.stringify(answer))
  } catch {
    told.unknown.add(n)
  }
}

/** The node that says that it owns the one shard there is. */
async function whoOwns(nodes: readonly ServingNode[]): Promise<ServingNode | undefined> {
  const owned = await Promise.all(
    nodes.map(async (node) => (await node.numbers().catch(() => undefined))?.owned_shards),
  )
  return nodes.find((_, i) => owned[i] === 1)
}

async function acknowledgedMore(told: Told, count: number): Promise<void> {
  const from = told.acknowledged.size
  await until(async () => told.acknowledged.size >= from + count || undefined, `${count} more writes are acknowledged`)
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const startedMs = performance.now(); performance.now() - startedMs < WAIT_MS_MAX; await sleep(100)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`it never came that ${what}`)
}

/** Per number the ids of the documents that hold it. */
async function documentsByNumber(place: Parameters<typeof openStores>[0]): Promise<Map<number, string[]>> {
  const stores = openStores(place)
  const { uid } = (await readName(stores.coordination, 'books'))!
  const { documents } = await auditShard(stores, { uid, shard: 0 })
  await stores.coordination.close()
  const found = new Map<number, string[]>()
  for (const [id, document] of documents) {
    const { n } = document as { n: number }
    found.set(n, [...(found.get(n) ?? []), id])
  }
  return found
}

function json(body: unknown) {
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}
