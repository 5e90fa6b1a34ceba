import { beforeAll, expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { addKind, kindParametersOf } from '../../core/fields/kinds.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import { compactSegments } from '../../core/segment/merge/compact-segments.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import { buildSegment } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { analyzers, testComponents } from '../shard/open-test-shard.ts'
import { semver } from './semver.ts'

// The same number means different versions if versions have two parts or three.

beforeAll(() => addKind(semver))

test('segments hold the options that the kind marks as parameters', async () => {
  const { fields } = schemaOf(2)
  expect(fields.map(kindParametersOf)).toEqual(['', '{"parts":2}'])

  const { reader } = await segmentOf(2)
  expect(reader.footer.fields).toMatchObject([{ name: 'v', type: 'semver', parameters: '{"parts":2}' }])
})

test('segments with different parameters of a field are not merged', async () => {
  const [two, three] = [await segmentOf(2), await segmentOf(3)]
  const merge = compactSegments({ sources: [two, three], name: '2-merged', schemaVersion: 1 })

  await expect(drain(merge)).rejects.toThrow(
    'holds field "v" with {"parts":3}, other segments of the merge have {"parts":2}',
  )
  await drain(compactSegments({ sources: [two, await segmentOf(2, 'b')], name: '2-merged', schemaVersion: 1 }))
})

test('a search refuses a segment whose parameters differ from the schema', async () => {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(places)
  const v = { type: 'semver', parts: 3 }
  await engine.createCollection('tools', { schema: { fields: { title: 'text', v } } })
  await engine.writeDocuments('tools', [{ id: 'right', v: '1.2.3' }])
  const { uid } = await engine.inspect({ collection: 'tools' })
  // Written like a process with another schema would have written it.
  const schema = schemaOf(2)
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  const wrong = { id: 'wrong', v: '1.2.3' }
  const put = { kind: 'put' as const, id: 'wrong', json: encodeUtf8(JSON.stringify(wrong)), fields: fieldsOf(2, wrong) }
  await writeGroup(testComponents(places), { uid: String(uid), shard: 0 }, { schema, operations: [put] }, turn)

  await expect(engine.search('tools', { consistency: 'strong' })).rejects.toThrow(
    'holds field "v" with {"parts":2}, the schema has {"parts":3}',
  )
})

function schemaOf(parts: number) {
  return parseSchema({ fields: { title: 'text', v: { type: 'semver', parts } } })
}

function fieldsOf(parts: number, document: object) {
  return flattenDocument(schemaOf(parts), document, 0).fields
}

async function segmentOf(parts: number, id = `parts-${parts}`) {
  await analyzers.load(['english'])
  const document = { id, v: '1.2.3' }
  const documents = [{ id, json: encodeUtf8(JSON.stringify(document)), fields: fieldsOf(parts, document) }]
  const { bytes, file } = buildSegment({ schema: schemaOf(parts), name: `1-${id}`, documents, analyzers })
  const store = new MemoryObjectStore(systemClock)
  await store.put(segmentKey('p/', file), bytes)
  return { store, reader: await openSegment(store, 'p/', file), tombstones: undefined }
}

async function drain(merge: AsyncGenerator<Uint8Array, unknown>): Promise<void> {
  for await (const _ of merge);
}
