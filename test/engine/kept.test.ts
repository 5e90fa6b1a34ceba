import { expect, test } from 'vitest'
import { KeptSegments } from '../../core/segment/read/kept-segments.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from './memory-engine.ts'

test('what an engine keeps decoded is told of segments that are searched and merged, and of documents that are returned', async () => {
  const kept = new RecordingKept(systemClock, () => Promise.resolve())
  const engine = openMemoryEngine({ kept })
  for (const id of ['a', 'b', 'c']) await engine.writeDocuments('books', [{ id, title: 'sea' }])

  const { hits } = await engine.search('books', { query: 'sea', limit: 2 })

  expect(kept.used.size).toBe(3)
  expect(kept.ids).toEqual(hits.map(({ id }) => id))
  expect(kept.ids).toHaveLength(2)
  await engine.compact('books')
  expect(kept.forgotten).toEqual(kept.used)
  await engine.close()
})

class RecordingKept extends KeptSegments {
  readonly used = new Set<string>()
  readonly forgotten = new Set<string>()
  readonly ids: string[] = []

  override use(...[reader, place]: Parameters<KeptSegments['use']>): void {
    this.used.add(reader.source)
    super.use(reader, place)
  }

  override forget(key: string): void {
    this.forgotten.add(key)
    super.forget(key)
  }

  override returned(id: string): void {
    this.ids.push(id)
    super.returned(id)
  }
}
