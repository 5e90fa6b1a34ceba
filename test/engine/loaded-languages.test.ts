import { expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import { openMemoryEngine } from './memory-engine.ts'

test('languages are loaded by the first search with a query, and not by searches without one', async () => {
  const analyzers = new CountingPool()
  const engine = openMemoryEngine({ analyzers })
  await engine.createCollection('books', { schema: { fields: { title: 'text', year: 'integer' } } })
  await engine.writeDocuments('books', [{ id: '1', title: 'seas', year: 1904 }])
  analyzers.loads = 0

  expect((await engine.search('books', { filter: { year: 1904 } })).total).toBe(1)
  expect(analyzers.loads).toBe(0)
  for (const query of ['sea', 'seas', 'sea']) expect((await engine.search('books', { query })).total).toBe(1)
  expect(analyzers.loads).toBe(1)
  await engine.close()
})

class CountingPool extends AnalyzerPool {
  loads = 0

  override load(languages: Iterable<string>): Promise<void> {
    this.loads++
    return super.load(languages)
  }
}
