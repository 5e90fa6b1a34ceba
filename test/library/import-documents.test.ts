import { expect, test } from 'vitest'
import type { Engine } from '../../core/engine/engine.ts'
import { type BatchReport, type ImportItem, importDocuments } from '../../core/open/import-documents.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'

test('a source that fails ends the import only when the writes under way have ended and are reported', async () => {
  let onBroken = () => {}
  const broken = new Promise<void>((resolve) => {
    onBroken = resolve
  })
  const batch = { indexed: 10_000, failed: 0, errors: [], warnings: [], session: '' }
  const engine = {
    writeDocuments: async () => {
      // Longer than the import would take to fail if it did not wait.
      await broken
      for (let i = 0; i < 10; i++) await new Promise(setImmediate)
      return batch
    },
  } as unknown as Engine
  const reports: BatchReport[] = []

  const imported = importDocuments(engine, 'books', twoBatchesThenFailure(onBroken), {
    clock: systemClock,
    random: systemRandom,
    onBatch: (report) => reports.push(report),
  })

  await expect(imported).rejects.toThrow('the source is broken')
  expect(reports.map(({ indexed }) => indexed)).toEqual([10_000, 10_000])
})

async function* twoBatchesThenFailure(onFailure: () => void): AsyncGenerator<ImportItem[]> {
  const items = Array.from({ length: 10_000 }, (_, i) => ({ place: i, document: { id: `${i}` }, byteSize: 10 }))
  for (let batch = 0; batch < 2; batch++) yield items
  // Ends the second batch.
  yield items.slice(0, 1)
  onFailure()
  throw new Error('the source is broken')
}
