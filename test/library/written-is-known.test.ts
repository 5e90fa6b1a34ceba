import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { systemRandom } from '../../core/system-random.ts'

const WORDS = ['sea', 'wing', 'boundary', 'layer', 'heat', 'flow', 'shock', 'plate']

test('what an engine has written or merged itself, in threads too, it need not read to search it', async () => {
  const path = await mkdtemp(join(tmpdir(), 'prism-'))
  const engine = assembleEngine(
    {
      store: new FolderObjectStore(path, systemRandom),
      coordination: new MemoryCoordination(),
      prices: FREE,
      description: { kind: 'folder', path },
      close: async () => undefined,
    },
    { backgroundCompaction: true },
  )
  const search = () => engine.search('books', { query: 'heat "shock plate" wi*', total: true })
  for (let batch = 0; batch < 3; batch++) {
    const documents = Array.from({ length: 400 }, (_, i) => ({ id: `d${batch * 300 + i}`, title: textOf(i, 60) }))
    await engine.writeDocuments('books', documents)
  }
  const written = await search()
  await engine.compact('books')
  const merged = await search()

  expect(written.total).toBeGreaterThan(0)
  expect(written.cost).toMatchObject({ gets: 0 })
  expect(merged.hits.map(({ id }) => id)).toEqual(written.hits.map(({ id }) => id))
  expect((await engine.getCollection('books')).segments).toBe(1)
  expect(merged.cost).toMatchObject({ gets: 0 })
  expect(merged.cost.cached_bytes).toBeGreaterThan(0)
  await engine.close()
  await rm(path, { recursive: true })
})

function textOf(seed: number, words: number): string {
  return Array.from({ length: words }, (_, i) => WORDS[(seed * 7 + i * i) % WORDS.length]).join(' ')
}
