import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { versionOf } from '../../core/segment/format/document-version.ts'
import type { ConditionalOperation } from '../../core/writing/conditional-operation.ts'
import { type ConditionalRequest, ShardWriter } from '../../core/writing/shard-writer.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditChain, auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'

const versionOfPut = (id: string, fields: Record<string, unknown>) => versionOf(id, put(id, fields).json)
const patch = (id: string, members: Record<string, unknown>): ConditionalOperation => ({
  kind: 'patch',
  id,
  patch: members,
  byteSize: 10,
})

test('requests that share a commit see the effects of earlier ones, conditional or not', async () => {
  const { components, ref, writer, each } = await openShard()
  const first = writer.submit({ schema: testSchema, operations: [put('first')] })
  const together = Promise.all([
    writer.submit({ schema: testSchema, operations: [put('a', { n: 1 })] }),
    each([
      { ...put('a', { n: 9 }), condition: { is: 'absent' } },
      { ...put('a', { n: 2 }), condition: { is: 'version', version: versionOfPut('a', { n: 1 }) } },
    ]),
    each([patch('a', { tag: 'x' }), patch('b', { n: 1 })]),
    writer.submit({ schema: testSchema, operations: [put('b', { n: 5 }), { kind: 'delete', id: 'first' }] }),
    each([{ kind: 'delete', id: 'b', condition: { is: 'version', version: versionOfPut('b', { n: 4 }) } }]),
  ])
  await first
  const [plain, conditional, patched, second, refused] = await together

  expect([plain, conditional, patched, second, refused].map(({ version }) => version)).toEqual([3, 3, 3, 3, 3])
  expect(conditional.results.map(({ status }) => status)).toEqual(['failed', 'replaced'])
  expect(patched.results.map(({ status }) => status)).toEqual(['patched', 'failed'])
  expect(second.existed).toEqual([false, true])
  expect(refused.results).toMatchObject([{ status: 'failed', error: { code: 'version_conflict' } }])
  const { head, documents } = await auditShard(components, ref)
  expect(Object.fromEntries(documents)).toEqual({ a: { id: 'a', n: 2, tag: 'x' }, b: { id: 'b', n: 5 } })
  await auditChain(components.store, ref, head.manifest)
})

test('an atomic batch that fails has no effect on later batches of the same commit', async () => {
  const { components, ref, writer, each, all } = await openShard()
  await writer.submit({ schema: testSchema, operations: [put('a', { n: 1 })] })
  const busy = writer.submit({ schema: testSchema, operations: [put('busy')] })
  const [failing, later] = await Promise.all([
    all([{ kind: 'delete', id: 'a' }, put('b'), { ...put('c'), condition: { is: 'present' } }]),
    each([{ ...put('b', { n: 2 }), condition: { is: 'absent' } }, patch('a', { n: 3 })]),
    busy,
  ])

  expect(failing.results[2]).toMatchObject({ status: 'failed' })
  expect(later.results.map(({ status }) => status)).toEqual(['created', 'patched'])
  const { documents } = await auditShard(components, ref)
  expect([...documents.keys()].sort()).toEqual(['a', 'b', 'busy'])
})

test('a repeated commit whose reply was lost does not conflict with itself', async () => {
  for (const rates of [{ repeat: 1 }, { fail_after: 0.6 }]) {
    const base = new MemoryCoordination()
    const calm = testComponents({ coordination: base })
    const ref = await createTestShard(calm)
    const plan = new FaultPlan({ random: seededRandom(5), rates })
    // Only writes fail: a head that cannot be read says nothing about conditions.
    const faulty = new FaultyCoordination(base, plan)
    const coordination = { ...bound(base), write: faulty.write.bind(faulty) }
    const { each } = writerOf(testComponents({ store: calm.store, coordination, seed: 2 }), ref)
    for (let n = 0; n < 5; n++) {
      const condition =
        n === 0 ? ({ is: 'absent' } as const) : ({ is: 'version', version: versionOfPut('a', { n: n - 1 }) } as const)
      const { results } = await each([{ ...put('a', { n }), condition }])

      expect(results).toMatchObject([{ status: n === 0 ? 'created' : 'replaced' }])
    }
    expect(plan.log.some(({ fault }) => fault !== 'none')).toBe(true)
  }
})

test('after a lost race the segment is built again only if the evaluation on the new head differs', async () => {
  const base = testComponents()
  const ref = await createTestShard(base)
  const rival = writerOf({ ...base, random: seededRandom(7) }, ref)
  const before: (() => Promise<unknown>)[] = []
  let builds = 0
  const components = {
    ...base,
    coordination: {
      ...bound(base.coordination),
      write: async (...args: Parameters<typeof base.coordination.write>) => {
        await before.shift()?.()
        return base.coordination.write(...args)
      },
    },
    buildSegment: (input: Parameters<typeof base.buildSegment>[0]) => {
      builds++
      return base.buildSegment(input)
    },
  }
  const { each } = writerOf(components, ref)

  before.push(() => rival.each([put('other')]))
  const same = await each([{ ...put('a', { n: 1 }), condition: { is: 'absent' } }])
  expect([same.results[0]!.status, builds]).toEqual(['created', 1])

  before.push(() => rival.each([put('a', { n: 2 })]))
  const other = await each([patch('a', { tag: 'x' })])
  expect([other.results[0]!.status, builds]).toEqual(['patched', 3])

  before.push(() => rival.each([put('a', { n: 3 })]))
  const refused = await each([
    { ...put('a'), condition: { is: 'version', version: versionOfPut('a', { n: 2, tag: 'x' }) } },
  ])
  expect(refused.results[0]).toMatchObject({ status: 'failed', error: { details: { id: 'a' } } })
  const { documents } = await auditShard(base, ref)
  expect(documents.get('a')).toEqual({ id: 'a', n: 3 })
})

test('a patch under an old schema changes nothing, and returns the documents whose fields the schema may lack', async () => {
  const { components, ref, writer, each } = await openShard()
  await writer.submit({ schema: testSchema, operations: [put('a', { n: 1 })] })

  const fresh = await each([put('b'), patch('a', { fresh: 'word' })])
  expect(fresh.behind).toMatchObject([{ id: 'a', document: { id: 'a', n: 1, fresh: 'word' } }])

  await writer.submit({ schema: { ...testSchema, version: 2 }, operations: [put('c')] })
  const older = await each([patch('a', { n: 2 })])
  expect(older.behind).toMatchObject([{ id: 'a' }])
  const { documents } = await auditShard(components, ref)
  expect(Object.fromEntries(documents)).toMatchObject({ a: { id: 'a', n: 1 }, c: {} })
  expect(documents.has('b')).toBe(false)
})

async function openShard() {
  const components = testComponents()
  const ref = await createTestShard(components)
  return { components, ref, ...writerOf(components, ref) }
}

function writerOf(components: TestComponents, ref: { readonly uid: string; readonly shard: number }) {
  const hooks = { ready: () => Promise.resolve(), onCommitted: () => undefined }
  const writer = new ShardWriter(components, ref, { budget: new ByteBudget(), hooks })
  const submit = (decides: ConditionalRequest['decides']) => (operations: readonly ConditionalOperation[]) =>
    writer.submit({ schema: testSchema, operations, decides })
  return { writer, each: submit('each'), all: submit('all') }
}

/** The methods of rows as plain functions, so that tests can override single ones. */
function bound(rows: TestComponents['coordination']) {
  return {
    read: rows.read.bind(rows),
    write: rows.write.bind(rows),
    delete: rows.delete.bind(rows),
    query: rows.query.bind(rows),
    close: rows.close.bind(rows),
  }
}
