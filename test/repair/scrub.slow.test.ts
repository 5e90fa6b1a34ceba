import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine, ScrubAnswer } from '../../core/engine/engine.ts'
import { decodeFooter, encodeFooter } from '../../core/segment/format/footer.ts'
import type { SegmentEntry } from '../../core/segment/format/segment-entry.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { nameOf } from '../../core/segment/scrub/scrub-finding.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { type ShardRef, shardPrefix } from '../../core/version/collection.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { encodeManifest } from '../../core/version/manifest-codec.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import { sumChecksums } from '../../core/version/set-checksum.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { beforeFirstSegment } from './before-first-segment.ts'

const SCHEMA = {
  fields: {
    title: { type: 'text' },
    body: { type: 'text' },
    kind: { type: 'keyword' },
    year: { type: 'integer' },
    hidden: { type: 'integer', column: false },
    'crew.name': { type: 'keyword' },
  },
} as const
const WORDS = 'the sea wolf hunts a whale in wind and waves while captains sleep below running decks'.split(' ')

const store = new MemoryObjectStore(systemClock)
const coordination = new MemoryCoordination()
/** Past its caches, as the command does. */
const open = (): Engine => openMemoryEngine({ store, coordination })
const ref = async (): Promise<ShardRef> => ({
  uid: String((await coordination.read({ pk: 'names', sk: 'books' }, { consistent: true }))!.attributes.uid),
  shard: 0,
})
const readNow = async () => readHead({ store, coordination }, await ref())

/** Segments of different sizes with documents deleted from two of them. */
beforeAll(async () => {
  const engine = open()
  await engine.createCollection('books', { schema: SCHEMA })
  for (const [from, to] of [
    [0, 3000],
    [3000, 3700],
    [3700, 3710],
  ] as const) {
    await engine.writeDocuments(
      'books',
      Array.from({ length: to - from }, (_, i) => document(from + i)),
    )
  }
  await engine.deleteDocuments('books', { ids: ['d0001', 'd0002', 'd3001', 'd3002', 'd3003'] })
  await engine.close()
})

function document(i: number) {
  const words = Array.from({ length: 30 }, (_, w) => WORDS[(i * 7 + w) % WORDS.length]!)
  const rare = `word${i % 400}`
  return {
    id: `d${String(i).padStart(4, '0')}`,
    title: [`${rare} ${words.slice(0, 4).join(' ')}`, 'the sea wolf'],
    body: words.join(' '),
    kind: WORDS[i % 2]!,
    year: 1900 + (i % 100),
    crew: [{ name: 'ann' }, { name: WORDS[i % 3]! }],
    ...(i % 3 === 0 && { hidden: i }),
  }
}

/** Scrubs while something is damaged, and puts it right again. */
async function scrubbedWith(key: string, damage: (bytes: Uint8Array) => Uint8Array | undefined, quick = false) {
  const before = await store.get(key)
  const damaged = damage(before.slice())
  await (damaged === undefined ? store.delete([key]) : store.put(key, damaged))
  try {
    const engine = open()
    const answer = await engine.scrub({ quick })
    await engine.close()
    return answer
  } finally {
    await store.put(key, before)
  }
}

const flippedAt = (at: number) => (bytes: Uint8Array) => {
  bytes[at]! ^= 0x10
  return bytes
}

function expectOnly({ damage, damage_count }: ScrubAnswer, file: string, sections: readonly string[]): void {
  expect(damage_count).toBe(damage.length)
  expect([...new Set(damage.map((one) => one.file))]).toEqual([file])
  expect([...new Set(damage.map((one) => one.section))]).toEqual(sections)
  for (const { collection, shard, found, expected } of damage) {
    expect({ collection, shard }).toEqual({ collection: 'books', shard: 0 })
    expect(found).not.toBe(expected)
  }
}

test('an undamaged collection of several segments passes, and what nothing names is counted', async () => {
  await store.put(`${shardPrefix(await ref())}seg/1-orphan.seg`, new Uint8Array(100))
  const steps: number[] = []

  const answer = await open().scrub({ report: (done, of) => steps.push(done / of) })

  expect(answer).toMatchObject({ collections: 1, shards: 1, segments: 3, documents: 3705, damage_count: 0 })
  expect(answer.stopped).toBe(false)
  expect(answer.unnamed.bytes).toBeGreaterThanOrEqual(100)
  expect(steps.at(-1)).toBeGreaterThan(0.99)
  expect(steps.every((step, i) => step >= (steps[i - 1] ?? 0) && step <= 1)).toBe(true)
  await store.delete([`${shardPrefix(await ref())}seg/1-orphan.seg`])
})

describe('damage is found and named', () => {
  test('one byte flipped at the beginning, the middle or the end of any section of any segment', async () => {
    const prefix = shardPrefix(await ref())
    const kinds = new Set<number>()
    for (const entry of (await readNow()).manifest.segments) {
      const key = segmentKey(prefix, entry)
      for (const { kind, field, start, end } of sectionsOf(await store.get(key), entry)) {
        if (start === end) continue
        kinds.add(kind)
        for (const at of new Set([start, (start + end) >>> 1, end - 1])) {
          expectOnly(await scrubbedWith(key, flippedAt(at)), key, [nameOf(kind, field)])
        }
      }
    }
    // Only large segments have these: scrub-unions.slow.test.ts.
    const unions: readonly number[] = [SectionKind.prefixTerms, SectionKind.prefixPostings]
    const others = Object.values(SectionKind).filter((kind) => !unions.includes(kind))
    expect([...kinds].sort((a, b) => a - b)).toEqual(others)
  })

  test('a byte of the header, and one of the footer', async () => {
    const prefix = shardPrefix(await ref())
    const [entry] = (await readNow()).manifest.segments
    const key = segmentKey(prefix, entry!)
    expectOnly(await scrubbedWith(key, flippedAt(1)), key, ['header'])
    expectOnly(await scrubbedWith(key, flippedAt(entry!.byteSize - 40)), key, ['footer'])
    expectOnly(await scrubbedWith(key, flippedAt(entry!.byteSize - 40), true), key, ['footer'])
  })

  test('a byte of the tombstones of one segment', async () => {
    const { segments } = (await readNow()).manifest
    for (const { name, tombstones } of segments.filter((entry) => entry.tombstones)) {
      const key = shardPrefix(await ref()) + tombstones!.object
      expectOnly(await scrubbedWith(key, flippedAt(tombstones!.start)), key, [`tombstones of ${name}`])
    }
  })

  test('objects that are gone, by the quick look too', async () => {
    const prefix = shardPrefix(await ref())
    const { manifest } = await readNow()
    for (const quick of [false, true]) {
      for (const { name, tombstones } of manifest.segments) {
        expectOnly(
          await scrubbedWith(segmentKey(prefix, { name }), () => undefined, quick),
          segmentKey(prefix, { name }),
          ['segment'],
        )
        if (!tombstones) continue
        const { damage } = await scrubbedWith(prefix + tombstones.object, () => undefined, quick)
        expect(damage.map(({ file }) => file)).toEqual([prefix + tombstones.object, prefix + tombstones.object])
      }
      const newest = prefix + manifestKey(manifest)
      expectOnly(await scrubbedWith(newest, () => undefined, quick), newest, ['manifest'])
      const older = prefix + manifestKey(manifest.predecessors[0]!)
      expectOnly(await scrubbedWith(older, () => undefined, quick), older, ['manifest'])
    }
  })

  test('a file that is too long or too short, by the quick look too', async () => {
    const prefix = shardPrefix(await ref())
    const key = segmentKey(prefix, (await readNow()).manifest.segments[0]!)
    for (const quick of [false, true]) {
      const longer = await scrubbedWith(key, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), quick)
      expectOnly(longer, key, ['file'])
      const shorter = await scrubbedWith(key, (bytes) => bytes.subarray(0, bytes.length - 1), quick)
      expect(shorter.damage.map(({ section }) => section)).toEqual(['file', 'footer'])
    }
  })

  test('a manifest object that says something else than the head', async () => {
    const { manifest } = await readNow()
    const key = shardPrefix(await ref()) + manifestKey(manifest)
    const other = encodeManifest({ ...manifest, schemaVersion: manifest.schemaVersion + 1 })
    expectOnly(await scrubbedWith(key, () => other, true), key, ['manifest'])
  })

  test('a manifest with the checksum of another', async () => {
    const { manifest } = await readNow()
    const encoded = encodeManifest({ ...manifest, checksum: new Uint8Array(16).fill(7) })
    const { damage } = await withManifest(encoded)
    expect(damage.map(({ file, section }) => [file, section])).toEqual([['head of shard 0', 'head']])
    expect(damage[0]!.found).toContain('a checksum that is not the sum of its segments')
  })

  test('two segments whose tombstones were swapped', async () => {
    const { manifest } = await readNow()
    const [first, second, ...rest] = manifest.segments
    // Everything a reader checks by itself still holds: ranges, checksums of parts, the sum of the manifest.
    const segments = [
      { ...first!, tombstones: second!.tombstones },
      { ...second!, tombstones: first!.tombstones },
      ...rest,
    ]
    const { damage } = await withManifest(encodeManifest({ ...manifest, segments }))
    const found = damage.filter(({ section }) => section === 'tombstones').map(({ file }) => file)
    const prefix = shardPrefix(await ref())
    expect(new Set(found)).toEqual(new Set([segmentKey(prefix, first!), segmentKey(prefix, second!)]))
  })

  test('an id that is live twice', async () => {
    const { manifest } = await readNow()
    const { segments } = manifest
    const twice = { ...segments[2]!, name: `${segments[2]!.name.split('-')[0]}-${'0'.repeat(25)}2` }
    const prefix = shardPrefix(await ref())
    await store.put(segmentKey(prefix, twice), await store.get(segmentKey(prefix, segments[2]!)))
    const all = [...segments, twice]
    const checksum = sumChecksums(all.map(({ liveChecksum }) => liveChecksum))
    const { damage } = await withManifest(encodeManifest({ ...manifest, checksum, segments: all }))
    const found = damage.filter(({ found }) => found.includes('is live in'))
    expect(found.length).toBe(10)
    await store.delete([segmentKey(prefix, twice)])
  })
})

test('a hash that is not the hash of its document is found under checksums that are all right', async () => {
  const { manifest } = await readNow()
  const [entry, ...rest] = manifest.segments
  const key = segmentKey(shardPrefix(await ref()), entry!)
  const before = await store.get(key)
  const { bytes, footerCrc } = withOtherHash(before, entry!)
  await store.put(key, bytes)

  const { damage } = await withManifest(encodeManifest({ ...manifest, segments: [{ ...entry!, footerCrc }, ...rest] }))

  await store.put(key, before)
  expect(damage.map(({ file, section }) => [file, section])).toEqual([
    [key, 'hashes'],
    [key, 'hashes'],
    [key, 'tombstones'],
  ])
  expect(damage[0]!.found).toContain('"d0000"')
})

test('twenty thousand documents in several shards pass, and a cache vouches for nothing', async () => {
  const own = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(own)
  await engine.createCollection('books', { schema: SCHEMA, shards: 3 })
  for (let from = 0; from < 20_000; from += 5000)
    await engine.writeDocuments(
      'books',
      Array.from({ length: 5000 }, (_, i) => document(from + i)),
    )

  expect(await engine.scrub()).toMatchObject({ shards: 3, segments: 12, documents: 20_000, damage_count: 0 })

  await engine.search('books', { query: 'whale', limit: 5 })
  for await (const { key } of own.store.list('c/')) {
    if (key.endsWith('.seg')) await own.store.put(key, flippedAt(5000)((await own.store.get(key)).slice()))
  }
  const { damage } = await engine.scrub({ collection: 'books' })
  expect(new Set(damage.map(({ file }) => file)).size).toBe(12)
})

test('records without which a lost table could not be rebuilt are missed', async () => {
  const { uid } = await ref()
  for (const kind of ['meta', 'schema']) {
    for await (const { key } of store.list(`c/${uid}/${kind}/`)) {
      const { damage } = await scrubbedWith(key, () => undefined, true)
      expect(damage.map((one) => [one.shard, one.section])).toEqual([[null, 'record']])
      expect((await scrubbedWith(key, () => Buffer.from('{}'), true)).damage[0]).toMatchObject({ file: key })
    }
  }
})

test('one damage does not hide another, and what is damaged in one shard does not end the scrub', async () => {
  const prefix = shardPrefix(await ref())
  const [first, second] = (await readNow()).manifest.segments
  const keys = [segmentKey(prefix, first!), segmentKey(prefix, second!)]
  const before = await store.get(keys[1]!)
  await store.delete([keys[1]!])
  const { damage } = await scrubbedWith(keys[0]!, flippedAt(20))
  await store.put(keys[1]!, before)
  expect(damage.map(({ file }) => file)).toEqual(keys)
})

test('a version that is given up and collected while it is scrubbed is no damage', async () => {
  const own = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(own)
  for (let i = 0; i < 3; i++) await engine.writeDocuments('books', [document(i)])
  const { attributes } = (await own.coordination.read({ pk: 'names', sk: 'books' }, { consistent: true }))!
  const one = { uid: String(attributes.uid), shard: 0 }
  const before = (await readHead(own, one)).manifest
  // Somebody compacts, and collects what is no longer named.
  const { store, hasActed } = beforeFirstSegment(own.store, async () => {
    await engine.compact('books')
    await own.store.delete(before.segments.map((entry) => segmentKey(shardPrefix(one), entry)))
    const { version } = (await readHead(own, one)).manifest
    await own.coordination.write(headKey(one), { set: { retainedFrom: version } }, [])
  })
  const answer = await openMemoryEngine({ store, coordination: own.coordination }).scrub()
  expect(hasActed()).toBe(true)
  expect(answer).toMatchObject({ damage: [], segments: 1, documents: 3 })
})

test('a scrub that is stopped says so', async () => {
  const stop = new AbortController()
  const answer = await open().scrub({ signal: stop.signal, report: () => stop.abort() })
  expect(answer).toMatchObject({ stopped: true, shards: 0, damage_count: 0 })
})

/** Scrubs with another manifest in the head's row. */
async function withManifest(encoded: Uint8Array): Promise<ScrubAnswer> {
  const key = headKey(await ref())
  const before = await coordination.read(key, { consistent: true })
  await coordination.write(key, { set: { manifest: encoded } }, [])
  const answer = await open().scrub()
  await coordination.write(key, { set: before!.attributes }, [])
  return answer
}

/** The same segment with one bit of the first document's hash flipped, and every checksum of the file made anew. */
function withOtherHash(before: Uint8Array, entry: SegmentEntry): { bytes: Uint8Array; footerCrc: number } {
  const footer = decodeFooter(before.subarray(before.length - entry.footerSize), entry, entry.name)
  const section = footer.sections.find(({ kind }) => kind === SectionKind.hashes)!
  const bytes = before.slice()
  bytes[section.start]! ^= 1
  const view = new DataView(bytes.buffer)
  const unitEnd = section.start + 256 * 16
  view.setUint32(unitEnd, crc32(bytes.subarray(section.start, unitEnd)), true)
  const crc = crc32(bytes.subarray(section.start, section.end))
  const sections = footer.sections.map((one) => (one === section ? { ...one, crc } : one))
  const encoded = encodeFooter({ ...footer, sections })
  bytes.set(encoded.bytes, bytes.length - entry.footerSize)
  return { bytes, footerCrc: encoded.crc }
}

function sectionsOf(bytes: Uint8Array, entry: SegmentEntry) {
  return decodeFooter(bytes.subarray(bytes.length - entry.footerSize), entry, entry.name).sections
}
