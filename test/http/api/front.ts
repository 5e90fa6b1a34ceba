/** What stands before the engine, and what it answers by itself, in words of its own. */
export type Front = {
  /** Shards of collections that are created without a number of them. */
  readonly shardsDefault: number
  /** `decoded_twice`: as API Gateway's HTTP APIs do, behind which ids with `%` or `?` have to be named in bodies. */
  readonly paths: 'as_sent' | 'decoded_twice'
  /** `platform`: bodies far over the limit are refused before they reach the engine. */
  readonly largeBodies: 'engine' | 'platform'
}
