import { beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../core/engine/engine.ts'
import { addKind } from '../../core/fields/kinds.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { semver } from './semver.ts'

// These tests use a kind of field that no line of core/ knows.

const DECLARED = { type: 'semver', parts: 2 } as const
const VERSIONS = ['1.10.0', '1.9.7', '2.0.0', '1.2.3', '10.0.1', '1.10.4']

let engine: Engine

beforeAll(async () => {
  const removeKind = addKind(semver)
  engine = openMemoryEngine()
  await engine.createCollection('tools', { schema: { fields: { release: 'semver', series: DECLARED } } })
  // Two segments, with a version as text and as an object, and a document without one.
  const documents = VERSIONS.map((release, i) => ({ id: `d${i}`, release, series: release }))
  await engine.writeDocuments('tools', documents.slice(0, 3))
  const [major, minor, patch] = VERSIONS[5]!.split('.').map(Number)
  const last = { id: 'd5', release: { major, minor, patch }, series: [{ major, minor }, '0.1'] }
  const { errors } = await engine.writeDocuments('tools', [...documents.slice(3, 5), last, { id: 'none' }])
  expect(errors).toEqual([])
  return removeKind
})

async function idsOf(request: Parameters<Engine['search']>[1]): Promise<string[]> {
  const { hits } = await engine.search('tools', { consistency: 'strong', ...request })
  return hits.map(({ id }) => id)
}

test('a collection shows the kind as declared', async () => {
  const { schema } = await engine.getCollection('tools')

  expect(schema.fields).toEqual({ release: 'semver', series: DECLARED })
})

test('options are checked, and options that segments depend on cannot change', async () => {
  const declare = (field: unknown) =>
    engine.updateCollection('tools', { schema: { fields: { series: field as string } } })

  await expect(declare({ type: 'semver', parts: 4 })).rejects.toThrow('expected "parts" to be a number from 0 to 3')
  await expect(declare({ type: 'semver', digits: 4 })).rejects.toThrow('(options: index, column, dynamic, parts)')
  await expect(declare({ type: 'semver', parts: 1 })).rejects.toThrow('parts is 2 and cannot become 1')
})

test('a value that does not fit fails its document with the error text of the kind', async () => {
  const { errors } = await engine.writeDocuments('tools', [
    { id: 'x', release: 'newest' },
    { id: 'y', release: {} },
  ])

  expect(errors.map(({ error }) => error.message)).toEqual([
    'field "release": expected a version such as 1.10.3, found the string "newest"',
    'field "release": expected a version such as 1.10.3, found an object',
  ])
})

test('an undeclared field gets the kind that its first value implies', async () => {
  await engine.writeDocuments('found', [{ id: 'a', tag: 'v1.2.3', word: 'very' }])

  expect((await engine.getCollection('found')).schema.fields).toEqual({
    tag: { type: 'semver', dynamic: true },
    word: { type: 'text', column: true, dynamic: true },
  })
})

const searches = async () => {
  expect(await idsOf({ filter: { release: { gte: '1.9', lt: '2' } } })).toEqual(['d0', 'd1', 'd5'])
  expect(await idsOf({ filter: { release: ['1.2.3', 'v2.0.0'] } })).toEqual(['d2', 'd3'])
  expect(await idsOf({ filter: { series: '1.10.99' } })).toEqual(['d0', 'd5'])
  expect(await idsOf({ filter: { series: { contains_all: ['1.10', '0.1'] } } })).toEqual(['d5'])
  expect(await idsOf({ filter: { release: { exists: false } } })).toEqual(['none'])
  expect(await idsOf({ query: 'release:>=2 OR release:1.2.3', sort: ['id'] })).toEqual(['d2', 'd3', 'd4'])
  expect(await idsOf({ sort: ['release'] })).toEqual(['d3', 'd1', 'd0', 'd5', 'd2', 'd4', 'none'])
  expect(await idsOf({ sort: ['-series', '-id'] })).toEqual(['d4', 'd2', 'd5', 'd0', 'd1', 'd3', 'none'])
}

test('filters, queries and sorting use its values', searches)

test('an operand that does not fit is refused with the error text of the kind', async () => {
  await expect(idsOf({ query: 'release:soon' })).rejects.toThrow('expected a version, found "soon"')
  await expect(idsOf({ filter: { release: 7 } })).rejects.toThrow(
    'expected a version for field "release" of type semver, found the number 7',
  )
  await expect(idsOf({ filter: { release: { prefix: '1.' } } })).rejects.toThrow('prefixes need a keyword column')
})

test('compaction keeps its values, and scrub and inspect support them', async () => {
  await engine.writeDocuments('tools', [{ id: 'gone', release: '99.0.0', series: '99.0.0' }])
  await engine.deleteDocuments('tools', { ids: ['gone'] })
  expect((await engine.getCollection('tools')).segments).toBeGreaterThan(1)

  await engine.compact('tools')

  expect((await engine.getCollection('tools')).segments).toBe(1)
  await searches()
  expect(await engine.scrub({ collection: 'tools' })).toMatchObject({ damage: [] })
  const { segments } = (await engine.inspect({ collection: 'tools', shard: 0 })) as { segments: { segment: string }[] }
  const { fields } = await engine.inspect({ collection: 'tools', shard: 0, segment: segments[0]!.segment })
  expect(fields).toMatchObject([
    { name: 'release', type: 'semver', parameters: '{"parts":3}', min: '1.2.3', max: '10.0.1' },
    { name: 'series', type: 'semver', parameters: '{"parts":2}', min: '0.1.0', max: '10.0.0' },
  ])
})
