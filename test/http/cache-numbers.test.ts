import { expect, test } from 'vitest'
import type { CacheSize } from '../../core/cache/cache-size.ts'
import { cacheNumbers } from '../../core/http/metrics/cache-numbers.ts'
import { createMetrics } from '../../core/http/metrics/metrics.ts'
import { processMetrics } from '../../core/http/metrics/process-metrics.ts'
import { openFolder } from '../../core/open/open-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('a server tells the memory of each of its caches, and of all of them', async () => {
  const caches: CacheSize[] = []
  const engine = await openFolder(await temporaryFolder(), {}, { registerCache: (cache) => caches.push(cache) })
  const metrics = createMetrics(processMetrics(cacheNumbers(caches)))
  const read = async (name: string) => {
    const text = await metrics.text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  const empty = await read('prism_cache_bytes')

  await engine.writeDocuments('books', [{ id: 'a', body: 'whale' }])
  await engine.search('books', { query: 'whale' })

  const each = await Promise.all(['ranges', 'units', 'segments'].map((name) => read(`prism_cache_${name}_bytes`)))
  for (const byteSize of each) expect(byteSize).toBeGreaterThan(0)
  expect(await read('prism_cache_bytes')).toBe(each.reduce((sum, byteSize) => sum + byteSize, 0))
  expect(await read('prism_cache_bytes')).toBeGreaterThan(empty)
  await engine.close()
})
