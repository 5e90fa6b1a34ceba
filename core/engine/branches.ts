import { InvalidRequestError } from '../errors.ts'
import { pastOf } from '../reading/freshness.ts'
import { describeCollection } from './describe-collection.ts'
import type { Engine } from './engine.ts'
import type { Shards } from './shards.ts'

/** The methods that branch a collection, or restore a collection to a past version. */
export function branchMethods(shards: Shards): Pick<Engine, 'branchCollection' | 'restoreCollection'> {
  return {
    branchCollection: async (name, { name: branch, ...past }) =>
      describeCollection(shards, await shards.branchCollection(name, branch, pastOf(past))),
    restoreCollection: async (name, request) => {
      const past = pastOf(request)
      if (past) return describeCollection(shards, await shards.restoreCollection(name, past))
      throw new InvalidRequestError('invalid_request', 'say what to restore: a snapshot, at_version or at_time')
    },
  }
}
