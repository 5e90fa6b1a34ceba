import type { Attributes, Row, RowKey } from '../coordination/coordination.ts'

/** Partition and prefix of the rows in which nodes show that they are alive. */
export const NODES_PK = 'deployment'
export const NODE_PREFIX = 'node#'

/** What a node publishes about itself. */
export type NodeRow = {
  readonly id: string
  /** A number that changes with every beat. */
  readonly beat: number
  /** The address at which other nodes reach the node, such as `http://10.0.0.7:3080`. */
  readonly address: string
  /** Version of the software, for people who read the table. */
  readonly version: string
}

export function nodeKey(id: string): RowKey {
  return { pk: NODES_PK, sk: NODE_PREFIX + id }
}

export function encodeNode({ beat, address, version }: NodeRow): Attributes {
  return { beat, address, version }
}

/** @returns undefined for a damaged row, which counts as a node that nobody can reach */
export function decodeNode({ sk, attributes }: Row): NodeRow | undefined {
  const { beat, address, version } = attributes
  if (!Number.isSafeInteger(beat) || typeof address !== 'string') return undefined
  return { id: sk.slice(NODE_PREFIX.length), beat: Number(beat), address, version: String(version) }
}
