import type { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'

/** The same store, in which somebody does something just when the first segment is about to be opened. */
export function beforeFirstSegment(base: MemoryObjectStore, act: () => Promise<void>) {
  let hasActed = false
  const store = new Proxy(base, {
    get: (target, name) => {
      if (name !== 'get') return Reflect.get(target, name).bind(target)
      return async (key: string, range?: { start: number; end: number }) => {
        if (key.includes('/seg/') && !hasActed) {
          hasActed = true
          await act()
        }
        return base.get(key, range)
      }
    },
  })
  return { store, hasActed: () => hasActed }
}
