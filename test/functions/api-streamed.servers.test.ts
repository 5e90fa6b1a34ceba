import { describeFunctions } from './describe-functions.ts'

describeFunctions('bundled functions behind a function URL that streams, 4 shards to a collection', {
  shardsDefault: 4,
  front: 'url',
})
