import { functionOptions, ONE_CPU } from './function-options.ts'
import { permissions } from './permissions.ts'
import { settings } from './settings.ts'
import { storage } from './storage.ts'

/**
 * Functions that search some shards for a root.
 *
 * They are many functions rather than one because AWS routes invocations of one function to any of its instances:
 * shard s always goes to leaf s mod N, whose few instances thus have its segments in memory.
 */
export const leaves = Array.from(
  { length: settings.leafCount },
  (_, number) =>
    new sst.aws.Function(`Leaf${number}`, {
      ...functionOptions,
      handler: 'functions/leaf.handler',
      description: `searches the shards whose number modulo ${settings.leafCount} is ${number}`,
      timeout: '20 seconds',
      memory: ONE_CPU,
      concurrency: { reserved: settings.reserved?.leaf },
      link: [storage],
      permissions: permissions.leaf,
    }),
)

/** `Resource.LeafPool`: the leaves' names by number, and leave to invoke them. */
export const leafPool = new sst.Linkable('LeafPool', {
  properties: { functions: leaves.map(({ name }) => name) },
  // IAM refuses a statement about no resource.
  include:
    leaves.length === 0
      ? []
      : [sst.aws.permission({ actions: ['lambda:InvokeFunction'], resources: leaves.map(({ arn }) => arn) })],
})
