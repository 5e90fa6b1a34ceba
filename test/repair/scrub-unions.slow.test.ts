import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UNION_DOCS_MIN } from '../../core/dictionary/prefix-unions.ts'
import { decodeFooter } from '../../core/segment/format/footer.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { nameOf } from '../../core/segment/scrub/scrub-finding.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'

const UNIONS: readonly number[] = [SectionKind.prefixTerms, SectionKind.prefixPostings]

test('one byte flipped in the unions of prefixes, which only large segments have, is found and named', async () => {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const { store } = places
  const engine = openMemoryEngine(places)
  await engine.createCollection('books', { schema: { fields: { title: 'text' } } })
  for (const from of [0, UNION_DOCS_MIN / 2]) await engine.writeDocuments('books', documents(from, UNION_DOCS_MIN / 2))
  await engine.compact('books')
  await engine.close()
  const row = await places.coordination.read({ pk: 'names', sk: 'books' }, { consistent: true })
  const ref = { uid: String(row!.attributes.uid), shard: 0 }
  const [entry] = (await readHead(places, ref)).manifest.segments
  const key = segmentKey(shardPrefix(ref), entry!)
  const before = await store.get(key)
  const { sections } = decodeFooter(before.subarray(before.length - entry!.footerSize), entry!, key)
  const unions = sections.filter(({ kind }) => UNIONS.includes(kind))

  expect(unions.map(({ kind }) => kind)).toEqual(UNIONS)
  for (const { kind, field, start, end } of unions) {
    for (const at of [start, (start + end) >>> 1, end - 1]) {
      const damaged = before.slice()
      damaged[at]! ^= 0x10
      await store.put(key, damaged)
      const { damage } = await openMemoryEngine(places).scrub()
      expect(damage).toMatchObject([{ file: key, section: nameOf(kind, field) }])
    }
  }
})

function documents(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `d${String(from + i).padStart(5, '0')}`,
    title: `word${i % 400}`,
  }))
}
