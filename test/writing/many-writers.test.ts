import { expect, test } from 'vitest'
import { auditChain, auditShard } from '../shard/audit-shard.ts'
import { writeAsCrowd } from './crowd.ts'

test('a hundred simultaneous writes of functions to one shard are answered within two simulated seconds, with few commits', async () => {
  const { answers, ref, traffic, ...stores } = await writeAsCrowd(100)

  const { head, documents } = await auditShard(stores, ref)
  expect(Math.max(...answers.map(({ answeredMs }) => answeredMs))).toBeLessThan(2000)
  expect(Math.max(...answers.map(({ settledMs }) => settledMs))).toBeLessThan(2500)
  expect(head.manifest.version).toBeLessThan(12)
  // Without pending writes, races take more than ten thousand requests and 21 s.
  expect(traffic.rows).toBeLessThan(1500)
  expect(answers.every(({ created }) => created)).toBe(true)
  expect(documents.size).toBe(100)
  expect([...documents.keys()]).toEqual(expect.arrayContaining(answers.map((_, i) => `d${i}`)))
  expect(head.pending).toEqual([])
  // The writers that folded the others' entries also compacted their segments.
  expect(head.manifest.segments.length).toBeLessThan(16)
})

test('if many functions write the same new document at once, one creates it and one of the contents remains', async () => {
  const { answers, ref, ...stores } = await writeAsCrowd(40, () => 'the-one')

  const { head, documents } = await auditShard(stores, ref)
  const chain = await auditChain(stores.store, ref, head.manifest)
  expect(chain.some(({ folded }) => folded.length > 10)).toBe(true)
  expect(answers.filter(({ created }) => created)).toHaveLength(1)
  expect([...documents.keys()]).toEqual(['the-one'])
  expect(documents.get('the-one')).toMatchObject({ title: expect.stringMatching(/^by function \d+$/) })
})

test('two simultaneous functions race, and neither waits in the head', async () => {
  const { answers, ref, ...stores } = await writeAsCrowd(2)

  const { head } = await auditShard(stores, ref)
  const chain = await auditChain(stores.store, ref, head.manifest)
  expect(answers).toHaveLength(2)
  expect(chain.flatMap(({ folded }) => folded)).toEqual([])
})
