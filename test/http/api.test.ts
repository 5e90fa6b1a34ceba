import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { createApp } from '../../core/http/create-app.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'
import { describeApi } from './api/describe-api.ts'

describeApi('in this process, in memory', async () => {
  const places = {
    store: new MemoryObjectStore(systemClock),
    coordination: new MemoryCoordination(),
    prices: FREE,
    close: async () => {},
  }
  const engine = assembleEngine(places, { workerCount: 0 })
  const defects: unknown[] = []
  const app = createApp(engine, { onFailure: (error) => defects.push(error) })
  return {
    fetch: async (path, init) => app.request(path, init),
    close: async () => {
      await engine.close()
      for (const defect of defects) throw defect
    },
  }
})
