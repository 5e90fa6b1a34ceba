import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { describeMembership } from '../contract/membership.contract.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describeMembership('memory', async () => new MemoryCoordination())
describeMembership('LMDB', async () => new LmdbCoordination(await temporaryFolder()))
