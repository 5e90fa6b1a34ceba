import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { describeCoordination } from '../contract/coordination.contract.ts'

describeCoordination('memory', async () => new MemoryCoordination())
describeCoordination('LMDB', async () => new LmdbCoordination(await mkdtemp(join(tmpdir(), 'prism-lmdb-'))))
