import { describeFunctions } from './describe-functions.ts'

describeFunctions('bundled functions behind an HTTP API, 1 shard to a collection', {
  shardsDefault: 1,
  front: 'gateway',
})
