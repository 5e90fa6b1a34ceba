import type { CacheSize } from '../../cache/cache-size.ts'
import type { ProcessNumber } from './process-metrics.ts'

/** Memory of each cache of a process and of all of them, for its server's metrics. */
export function cacheNumbers(caches: readonly CacheSize[]): ProcessNumber[] {
  const each = caches.map(({ name, help, byteSize }): ProcessNumber => {
    return { kind: 'gauge', name: `prism_cache_${name}_bytes`, help, value: byteSize }
  })
  const value = () => caches.reduce((sum, { byteSize }) => sum + byteSize(), 0)
  return [...each, { kind: 'gauge', name: 'prism_cache_bytes', help: 'Memory for all caches of the process', value }]
}
