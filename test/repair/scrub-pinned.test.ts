import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { decodeFooter } from '../../core/segment/format/footer.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead, readManifestObject } from '../../core/version/head.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { beforeFirstSegment } from './before-first-segment.ts'

test('what only a snapshot still names is looked at too, and what it shares is read once', async () => {
  const own = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(own)
  await engine.writeDocuments(
    'books',
    Array.from({ length: 50 }, (_, i) => document(i)),
  )
  await engine.writeDocuments('books', [document(100)])
  await engine.createSnapshot('books', 'before')
  // Replaces the second segment, and deletes one document of the first.
  await engine.deleteDocuments('books', { ids: ['d0001', 'd0100'] })
  const { attributes } = (await own.coordination.read({ pk: 'names', sk: 'books' }, { consistent: true }))!
  const one = { uid: String(attributes.uid), shard: 0 }
  const { pins, manifest } = await readHead(own, one)
  const pinned = await readManifestObject(own.store, one, pins[0]!)
  const onlyPinned = pinned.segments.find(({ name }) => !manifest.segments.some((entry) => entry.name === name))!
  const damages: readonly [key: string, section: string][] = [
    [shardPrefix(one) + manifestKey(pins[0]!), 'manifest'],
    [segmentKey(shardPrefix(one), onlyPinned), 'ids'],
  ]

  const idsAt = (bytes: Uint8Array) => {
    const footer = decodeFooter(bytes.subarray(bytes.length - onlyPinned.footerSize), onlyPinned, onlyPinned.name)
    return footer.sections.find(({ kind }) => kind === SectionKind.ids)!.start
  }
  const steps: number[] = []
  const sound = await engine.scrub({ report: (done, of) => steps.push(done / of) })
  expect(sound).toMatchObject({ damage: [], documents: 49, pinned_versions: 1 })
  expect(steps.at(-1)).toBe(1)
  for (const [key, section] of damages) {
    const before = await own.store.get(key)
    await own.store.put(key, flipped(before, section === 'ids' ? idsAt(before) : 30))
    const { damage } = await engine.scrub()
    expect(damage.map(({ file, section: part }) => [file, part])).toEqual([[key, section]])
    await own.store.delete([key])
    expect((await engine.scrub({ quick: true })).damage.map(({ file }) => file)).toEqual([key])
    await own.store.put(key, before)
  }

  await engine.deleteSnapshot('books', 'before')
  expect(await engine.scrub()).toMatchObject({ damage: [], pinned_versions: 0 })
})

test('a snapshot that is deleted and collected while it is scrubbed is no damage', async () => {
  const own = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(own)
  await engine.writeDocuments('books', [document(1)])
  await engine.createSnapshot('books', 'before')
  await engine.writeDocuments('books', [{ ...document(1), year: 2000 }])
  const { store, hasActed } = beforeFirstSegment(own.store, async () => {
    await engine.deleteSnapshot('books', 'before')
    await engine.collectGarbage({ retention_ms: 0 })
  })
  const answer = await openMemoryEngine({ store, coordination: own.coordination }).scrub()
  expect(hasActed()).toBe(true)
  expect(answer).toMatchObject({ damage: [], documents: 1, pinned_versions: 0 })
})

function document(i: number) {
  return { id: `d${String(i).padStart(4, '0')}`, title: `the sea wolf ${i}`, year: 1900 + i }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const damaged = bytes.slice()
  damaged[at]! ^= 0x10
  return damaged
}
