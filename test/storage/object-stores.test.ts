import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { DiskCache } from '../../core/storage/disk/disk-cache.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { meteredObjectStore } from '../../core/storage/metered-object-store.ts'
import { AWS_US_EAST_1 } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { describeObjectStore } from '../contract/object-store.contract.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const memory = () => new MemoryObjectStore(systemClock)
const cached = (bytesMax: number) => new CachedObjectStore(memory(), new RangeCache(bytesMax), () => true)

describeObjectStore('memory', async () => memory())
describeObjectStore('folder', async () => {
  return new FolderObjectStore(await temporaryFolder(), systemRandom)
})
describeObjectStore('metered', async () => meteredObjectStore(memory(), new Meter(AWS_US_EAST_1)))
describeObjectStore('cached', async () => cached(64_000_000))
describeObjectStore('cached in hardly any memory', async () => cached(3_000))
describeObjectStore('cached on disk', async () => {
  const folder = await temporaryFolder()
  const disk = new DiskCache({ folder, bytesMax: 10_000_000 })
  return new CachedObjectStore(memory(), new RangeCache(3_000, disk), () => true)
})
describeObjectStore('cached and metered', async () => cached(64_000_000).metered(new Meter(AWS_US_EAST_1)))
describeObjectStore('with no faults injected', async () => {
  return new FaultyObjectStore(memory(), new FaultPlan({ random: seededRandom(1), rates: {}, delayTurnsMax: 2 }))
})
