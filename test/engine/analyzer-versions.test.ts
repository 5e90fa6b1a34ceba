import { expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from './memory-engine.ts'

// During an upgrade, two processes with different versions of analyzers share a collection.

const STRONG = { consistency: 'strong' } as const

test('compaction never merges words of two versions, and a shard shows the version of each segment', async () => {
  const { old, upgraded } = await upgrade()
  await upgraded.writeDocuments('books', [{ id: 'signs', year: 7 }])

  for (const engine of [old, upgraded]) {
    await engine.compact('books')
    expect(await versionsOf(engine)).toEqual([1, 2])
  }
  const { hits } = await upgraded.search('books', { sort: ['id'], limit: 100, ...STRONG })
  expect(hits).toHaveLength(61)
  expect(await upgraded.scrub({ collection: 'books' })).toMatchObject({ damage: [] })
})

test('only a search for words warns of segments whose words have another version', async () => {
  const { old, upgraded } = await upgrade()
  await upgraded.compact('books')

  const { warnings, total } = await upgraded.search('books', { query: 'heat', ...STRONG })
  expect(total).toBe(60)
  expect(warnings).toEqual([
    {
      code: 'analyzer_version',
      message:
        '1 of 2 segments hold words of version 1 of the analyzers, the query has words of version 2: ' +
        'write their documents again, or some will not be found',
    },
  ])
  expect((await old.search('books', { query: 'title:"heat of"', ...STRONG })).warnings).toMatchObject([
    { code: 'analyzer_version', message: expect.stringContaining('words of version 2 of the analyzers') },
  ])
  for (const request of [{}, { query: '*' }, { query: 'year:[1 TO 9]' }, { filter: { year: 3 } }]) {
    expect((await upgraded.search('books', { ...request, ...STRONG })).warnings).toBeUndefined()
  }
})

test('once all documents are written again, nothing of the old version is left', async () => {
  const { upgraded } = await upgrade()

  await upgraded.writeDocuments('books', books(0, 60))
  await upgraded.compact('books')

  expect(await versionsOf(upgraded)).toEqual([2])
  expect((await upgraded.search('books', { query: 'heat', ...STRONG })).warnings).toBeUndefined()
})

/** Thirty documents in ten segments of version 1, then as many of version 2. */
async function upgrade(): Promise<{ old: Engine; upgraded: Engine }> {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const old = openMemoryEngine({ ...places, analyzers: new AnalyzerPool(1) })
  const upgraded = openMemoryEngine({ ...places, analyzers: new AnalyzerPool(2) })
  await old.createCollection('books', { schema: { fields: { title: 'text', year: 'integer' } } })
  for (const [engine, first] of [
    [old, 0],
    [upgraded, 30],
  ] as const) {
    for (let i = 0; i < 30; i += 3) await engine.writeDocuments('books', books(first + i, 3))
    await engine.settle()
  }
  return { old, upgraded }
}

function books(first: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({ id: `b${first + i}`, title: `heat of ${first + i}`, year: i }))
}

async function versionsOf(engine: Engine) {
  const { segments } = await engine.inspect({ collection: 'books', shard: 0 })
  return (segments as { analyzer_version: number | null }[]).map(({ analyzer_version }) => analyzer_version).sort()
}
