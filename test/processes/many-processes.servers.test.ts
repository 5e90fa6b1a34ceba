import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { createCollection } from '../../core/collections/create-collection.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { auditChain, auditShard } from '../shard/audit-shard.ts'
import { testComponents } from '../shard/open-test-shard.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type BackEnd, openStores, type Place, startBucket, startFolder, startRadosgwBucket } from './back-end.ts'
import { buildPrograms } from './build-programs.ts'
import { startServing } from './start-serving.ts'
import { startWriting, type WritingProcess } from './start-writing.ts'
import { documentOf } from './writing-process.ts'

const PROCESSES = 8
const KILLS = Number(process.env.PRISM_KILLS ?? 50)
const SCHEMA = parseSchema({ fields: { title: 'text', n: 'integer' } })

let programs: string

beforeAll(async () => {
  programs = await temporaryFolder()
  buildPrograms(programs)
})

test.each([
  ['a bucket', () => startBucket(), 'sure'],
  ['a bucket that loses one reply in ten', () => startBucket(0.1), 'unsure'],
  ['a bucket of radosgw', startRadosgwBucket, 'sure'],
] as const)('eight processes that write to one shard of %s at once lose nothing', async (name, start, network) => {
  await withBackEnd(start, async (place) => {
    const ref = await createShard(place)
    const [batches, batchSize] = [15, 4]
    const started = performance.now()
    const processes = Array.from({ length: PROCESSES }, (_, i) =>
      startWriting(programs, { place, collection: 'books', mark: `p${i}`, batches, batchSize, atOnce: 3 }),
    )

    const codes = await Promise.all(processes.map(({ ended }) => ended))

    expect(codes).toEqual(new Array(PROCESSES).fill(0))
    const { head, documents } = await auditShard(openStores(place), ref)
    const chain = await auditChain(openStores(place).store, ref, head.manifest)
    expect(chain.map(({ version }) => version)).toEqual(chain.map((_, i) => i + 1))
    for (const [i, { acknowledged, refused, unknown }] of processes.entries()) {
      expect(acknowledged.length + refused.length + unknown.length).toBe(batches)
      if (network === 'sure') expect({ refused, unknown }).toEqual({ refused: [], unknown: [] })
      const isThere = (first: number) => documents.has(documentOf(`p${i}`, first).id)
      expect(acknowledged.filter((first) => !isThere(first))).toEqual([])
      expect(refused.filter((line) => isThere(Number(line.split(' ')[1])))).toEqual([])
    }
    const acknowledged = processes.reduce((sum, process) => sum + process.acknowledged.length, 0)
    expect(acknowledged).toBeGreaterThan(PROCESSES)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    report(`${name}: ${PROCESSES} processes, ${acknowledged} batches in ${chain.length - 1} commits, ${seconds} s`)
  })
})

test.each([
  ['a process that writes into a folder', startFolder, startWriting],
  ['a process that writes into a bucket', () => startBucket(), startWriting],
  ['a server on a folder', startFolder, startServing],
  ['a server on a bucket', () => startBucket(), startServing],
] as const)(
  '%s, killed at any moment, loses nothing acknowledged',
  async (name, startBackEnd, start) => {
    await withBackEnd(startBackEnd, async (place) => {
      const ref = await createShard(place)
      // A direct writer shows the protocol, for which a few kills do; a server is what is promised.
      const kills = start === startServing ? KILLS : Math.min(KILLS, 10)
      const acknowledged = new Set<string>()
      for (let kill = 0; kill < kills; kill++) {
        const process = start(programs, {
          place,
          collection: 'books',
          mark: `k${kill}`,
          batches: 0,
          batchSize: 3,
          atOnce: 4,
        })
        await killSoon(process)
        expect(process.refused).toEqual([])
        for (const first of process.acknowledged) {
          for (let i = 0; i < 3; i++) acknowledged.add(documentOf(`k${kill}`, first + i).id)
        }
        if (kill % 10 === 9 || kill === kills - 1) await checkAll(place, ref, acknowledged)
      }
      expect(acknowledged.size).toBeGreaterThan(kills)
      report(`${name}: ${kills} kills, ${acknowledged.size} documents acknowledged, none lost`)
    })
  },
  1_800_000,
)

/** Mostly a moment after its first acknowledgement, sometimes before. */
async function killSoon(process: WritingProcess): Promise<void> {
  await process.ready
  const waitsForFirst = Math.random() < 0.8
  for (let i = 0; waitsForFirst && process.acknowledged.length === 0 && i < 2000; i++) await sleep(5)
  await sleep(Math.random() * 300)
  process.kill()
  await process.ended
}

async function checkAll(place: Place, ref: { uid: string; shard: number }, acknowledged: Set<string>): Promise<void> {
  const stores = openStores(place)
  const { head, documents } = await auditShard(stores, ref)
  for (const id of acknowledged) expect(documents.has(id), `${id} was acknowledged`).toBe(true)
  await auditChain(stores.store, ref, head.manifest)
  await stores.coordination.close()
}

async function createShard(place: Place): Promise<{ uid: string; shard: number }> {
  const stores = openStores(place)
  const components = testComponents(stores)
  const uid = await createCollection(components, 'books', { schema: SCHEMA, shardCount: 1, settings: {} })
  await stores.coordination.close()
  return { uid, shard: 0 }
}

async function withBackEnd(start: () => Promise<BackEnd>, run: (place: Place) => Promise<void>): Promise<void> {
  const backEnd = await start()
  try {
    await run(backEnd.place)
  } finally {
    await backEnd.close()
  }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}
