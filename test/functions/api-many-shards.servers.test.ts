import { describeFunctions } from './describe-functions.ts'

describeFunctions('bundled functions behind an HTTP API, 16 shards to a collection', {
  shardsDefault: 16,
  front: 'gateway',
})
