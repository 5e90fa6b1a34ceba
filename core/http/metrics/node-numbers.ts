import type { NodeReport } from '../../cluster/cluster-node.ts'
import type { ProcessNumber } from './process-metrics.ts'

/** Metrics of a node, for its server. */
export function nodeNumbers(report: () => NodeReport): ProcessNumber[] {
  const gauge = (name: string, help: string, value: (report: NodeReport) => number): ProcessNumber => {
    return { kind: 'gauge', name, help, value: () => value(report()) }
  }
  const count = (name: string, help: string, value: (report: NodeReport) => number): ProcessNumber => {
    return { kind: 'counter', name, help, value: () => value(report()) }
  }
  return [
    gauge('prism_nodes', 'Nodes that live, this one included', ({ nodes }) => nodes),
    gauge('prism_owned_shards', 'Shards that this node owns', ({ owned }) => owned),
    count('prism_taken_shards_total', 'Shards that this node became the owner of', ({ taken }) => taken),
    count('prism_owner_writes_total', 'Writes to shards committed as their owner', ({ asOwner }) => asOwner),
    count('prism_forwarded_writes_total', 'Writes to shards sent to their owners', ({ forwarded }) => forwarded),
    count('prism_received_writes_total', 'Writes to shards got from other nodes', ({ received }) => received),
    count(
      'prism_unowned_writes_total',
      'Writes committed by a node that does not own their shard',
      ({ unowned }) => unowned,
    ),
  ]
}
