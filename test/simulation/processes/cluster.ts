import { ClusterNode } from '../../../core/cluster/cluster-node.ts'
import type { Random } from '../../../core/random.ts'
import { Chance, type Settings } from './chance.ts'
import { NodeNetwork } from './cluster-network.ts'
import type { Network } from './network.ts'
import type { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** What a run has of nodes; the other processes are as functions. */
export type ClusterSettings = {
  /** Of the processes of a run, the first so many are nodes. */
  readonly nodeCount: number
  /** How long clients think, where that is long enough for leases to end; undefined: as without nodes. */
  readonly thinkMs: number | undefined
  /** Whether the first write of a node comes when it may own shards. */
  readonly joinsFirst: boolean
}

export function drawCluster(random: Random, { processCount }: Settings): ClusterSettings {
  const chance = new Chance(random)
  const nodeCount = chance.oneOf([0, 1, 2, processCount, processCount])
  const thinkMs = nodeCount > 0 && chance.happens(0.7) ? chance.oneOf([5_000, 30_000]) : undefined
  return { nodeCount, thinkMs, joinsFirst: chance.happens(0.6) }
}

/** The nodes of one run, and what lies between them. */
export class Cluster {
  readonly #network: NodeNetwork
  readonly #onFailure: (error: unknown) => void
  readonly #nodes: ClusterNode[] = []

  constructor(scheduler: Scheduler, chance: Chance, network: Network, onFailure: (error: unknown) => void) {
    this.#network = new NodeNetwork(scheduler, chance, network)
    this.#onFailure = onFailure
  }

  /** A node in a process of its own, under an address that nobody had before. */
  open(process: SimProcess, random: Random): ClusterNode {
    const address = `http://${process.name}`
    const onFailure = this.#onFailure
    const node = new ClusterNode({ address, version: '1', transport: this.#network.of(process), random, onFailure })
    this.#network.listen(address, process, node)
    this.#nodes.push(node)
    return node
  }

  /** Writes that were done by the owners they were sent to. */
  get forwarded(): number {
    return this.#nodes.reduce((sum, node) => sum + node.report().forwarded, 0)
  }
}
