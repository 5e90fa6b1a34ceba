import { functionOptions, ONE_CPU } from './function-options.ts'
import { permissions } from './permissions.ts'
import { settings } from './settings.ts'
import { storage } from './storage.ts'

/**
 * Functions that search some shards for a root.
 *
 * There are several functions because AWS routes the invocations of one function to any of its instances. Leaf s mod N
 * always searches shard s, so its few instances have the segments of the shard in memory.
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

/** `Resource.LeafPool`: the names of the leaves by number, and the permission to invoke them. */
export const leafPool = new sst.Linkable('LeafPool', {
  properties: { functions: leaves.map(({ name }) => name) },
  // IAM refuses a statement without resources.
  include:
    leaves.length === 0
      ? []
      : [sst.aws.permission({ actions: ['lambda:InvokeFunction'], resources: leaves.map(({ arn }) => arn) })],
})
