import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { NotFoundError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { openMemoryEngine } from './memory-engine.ts'

const READS: { readonly [name: string]: (engine: Engine) => Promise<unknown> } = {
  'a search': async (engine) => (await engine.search('books', { query: 'sea' })).hits,
  'a count': async (engine) => (await engine.count('books', { query: 'sea' })).count,
  'a listing': async (engine) => (await engine.listDocuments('books', { limit: 5 })).documents,
  'documents by id': (engine) => engine.getDocuments('books', ['1', '7', 'none']),
  // Changes nothing, so it can be repeated.
  'an update by filter': async (engine) =>
    (await engine.updateByFilter('books', { filter: { title: 'sea' }, patch: { gone: null } })).unchanged,
}

test.each(Object.keys(READS))('%s restarts at any read that finds its object collected', async (name) => {
  const read = READS[name]!
  const places = { store: new CollectedStore(systemClock), coordination: new MemoryCoordination() }
  const writer = openMemoryEngine(places)
  await writer.createCollection('books', { shards: 2 })
  // Incompressible, and too large for a segment to be read with its footer.
  const documents = Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, title: `sea ${i}`, rest: noise(i) }))
  for (let i = 0; i < 60; i += 30) await writer.writeDocuments('books', documents.slice(i, i + 30))
  await writer.settle()
  places.store.gets = 0
  const expected = await read(openMemoryEngine(places))
  const requests = places.store.gets

  for (let missing = 1; missing <= requests; missing++) {
    places.store.gets = 0
    places.store.missing = missing
    await expect(read(openMemoryEngine(places)), `object ${missing}`).resolves.toEqual(expected)
  }
  expect(requests).toBeGreaterThan(3)
})

/** 16 kB that depend only on the number. */
function noise(number: number): string {
  const random = seededRandom(number)
  return Array.from({ length: 2000 }, () => random.name().slice(0, 7)).join(' ')
}

/** A store in which one object read is gone, once: its version was collected meanwhile, and the newest one is there. */
class CollectedStore extends MemoryObjectStore {
  gets = 0
  missing = 0

  override async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    if (++this.gets !== this.missing) return super.get(key, range)
    throw new NotFoundError('object_not_found', `no object ${key}`)
  }
}
