import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answer, documents, load, request, split } from './layout-cases.ts'
import { openMemoryEngine } from './memory-engine.ts'

test('ids, order, scores and totals do not depend on how documents are divided into shards, batches and segments', async () => {
  await fc.assert(
    fc.asyncProperty(
      documents,
      fc.array(request, { minLength: 1, maxLength: 8 }),
      fc.nat(5),
      async (all, requests, seed) => {
        const engine = openMemoryEngine()
        await load(engine, 'one', { shards: 1, batches: [all] })
        await load(engine, 'segments', { shards: 1, batches: split(all, 3 + seed) })
        await load(engine, 'shards', { shards: 4, batches: split(all.toReversed(), 20) })
        await load(engine, 'compacted', { shards: 16, batches: split(all, 17) })
        await engine.compact('compacted')

        for (const asked of requests) {
          const expected = await answer(engine, 'one', asked)
          for (const layout of ['segments', 'shards', 'compacted']) {
            expect(await answer(engine, layout, asked), `${layout} ${JSON.stringify(asked)}`).toEqual(expected)
          }
        }
        await engine.close()
      },
    ),
    { numRuns: 40 },
  )
})

test('full compaction removes every trace of replaced and deleted documents', async () => {
  await fc.assert(
    fc.asyncProperty(
      documents,
      documents,
      fc.array(request, { minLength: 1, maxLength: 8 }),
      async (before, after, requests) => {
        const engine = openMemoryEngine()
        const goneIds = before.filter((_, i) => i % 3 === 0).map(({ id }) => String(id))
        await load(engine, 'changed', { shards: 4, batches: [...split(before, 5), ...split(after, 5)] })
        await engine.deleteDocuments('changed', { ids: goneIds })
        await engine.compact('changed')
        const left = new Map([...before, ...after].map((one) => [one.id, one]))
        for (const id of goneIds) left.delete(id)
        await load(engine, 'fresh', { shards: 1, batches: [[...left.values()]] })

        for (const asked of requests) {
          expect(await answer(engine, 'changed', asked), JSON.stringify(asked)).toEqual(
            await answer(engine, 'fresh', asked),
          )
        }
        await engine.close()
      },
    ),
    { numRuns: 25 },
  )
})
