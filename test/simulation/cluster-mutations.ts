import type { Mutation } from './mutation.ts'

/** Mistakes that somebody could make with owners of shards and writes that are forwarded to them. */
export const CLUSTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a shard changes its owner and keeps its epoch',
    path: 'core/version/own-shard.ts',
    right: 'const epoch = head.epoch + 1',
    wrong: 'const epoch = head.epoch',
  },
  {
    name: 'a shard is taken whatever its epoch is by now',
    path: 'core/version/own-shard.ts',
    right: "      { attribute: 'epoch', is: 'equal', value: head.epoch },\n",
    wrong: '',
  },
  {
    name: 'a write is done again after the connection to its owner broke',
    path: 'core/cluster/cluster-node.ts',
    right: 'if (!(error instanceof UnavailableError)) throw error',
    wrong: 'void UnavailableError',
  },
  {
    name: 'an owner finds nothing to change in what it remembers',
    path: 'core/writing/write-group.ts',
    right: 'if (committed || !begun.isRemembered) return',
    wrong: 'if (committed || begun) return',
  },
  {
    name: 'a node forgets the version that an owner told it',
    path: 'core/cluster/cluster-node.ts',
    right: '        own.heads.noteVersion(ref, outcome.version)\n',
    wrong: '',
  },
]
