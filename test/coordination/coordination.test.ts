import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { Meter } from '../../core/storage/meter.ts'
import { AWS_US_EAST_1 } from '../../core/storage/prices.ts'
import { describeCoordination } from '../contract/coordination.contract.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { meteredCoordination } from './metered-coordination.ts'

describeCoordination('memory', async () => new MemoryCoordination())
describeCoordination('LMDB', async () => new LmdbCoordination(await temporaryFolder()))
describeCoordination('metered', async () => meteredCoordination(new MemoryCoordination(), new Meter(AWS_US_EAST_1)))
describeCoordination('with no faults injected', async () => {
  const plan = new FaultPlan({ random: seededRandom(1), rates: {}, delayTurnsMax: 2 })
  return new FaultyCoordination(new MemoryCoordination(), plan)
})
