import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AttributeValue, Change, Condition, Coordination } from '../../core/coordination/coordination.ts'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { type DynamoServer, startDynamoServer } from '../servers/dynamo-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'

// MemoryCoordination is the model, because it is short enough to check by reading. The other implementations must return
// the same results for every sequence of requests.

const SKS = ['a', 'b', 'b/1', 'b/2', 'c']
const NAMES = ['version', 'list', 'size', 'a.b', 'ä']

const scalar = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, 2, 0.1, -2.5e10),
  fc.boolean(),
  fc.constantFrom('', 'x', '1'),
)
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  scalar,
  fc.uint8Array({ maxLength: 5 }),
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('x', 'y.z', ''.padEnd(3)), scalar, { maxKeys: 2 }),
)
const name = fc.constantFrom(...NAMES)

const change: fc.Arbitrary<Change> = fc
  .record({
    set: fc.dictionary(fc.constantFrom('version', 'size', 'a.b', 'ä'), value, { maxKeys: 3 }),
    append: fc.dictionary(fc.constant('list'), fc.array(scalar, { maxLength: 3 })),
    remove: fc.uniqueArray(name, { maxLength: 2 }),
  })
  .map(({ set, append, remove }) => ({
    set: { ...set },
    append: { ...append },
    remove: remove.filter((removed) => !(removed in set) && !(removed in append)),
  }))

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ attribute: name, is: fc.constantFrom('absent' as const, 'present' as const) }),
  fc.record({
    attribute: name,
    is: fc.constant('equal' as const),
    value: scalar as fc.Arbitrary<string | number | boolean>,
  }),
  fc.record({ attribute: name, is: fc.constantFrom('at_most' as const, 'at_least' as const), value: fc.integer() }),
)
const conditions = fc.array(condition, { maxLength: 2 })
const sk = fc.constantFrom(...SKS)

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), sk, change, conditions }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), sk, conditions }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), sk, consistent: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('query' as const),
      prefix: fc.constantFrom('', 'b', 'b/', 'z'),
      after: fc.constantFrom('', 'a', 'b', 'b/1', 'd'),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

let server: DynamoServer

beforeAll(async () => {
  server = await startDynamoServer()
})

afterAll(async () => {
  await server.close()
})

test('LMDB and memory give the same results for any sequence of requests', async () => {
  const folder = await temporaryFolder()
  const lmdb = new LmdbCoordination(folder)
  await agreesWithMemory(lmdb, 200)
  await lmdb.close()
})

test('DynamoDB and memory give the same results for any sequence of requests', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const dynamo = new DynamoCoordination({ table: 'model', endpoint: server.endpoint, credentials })
  await dynamo.createTable()
  await agreesWithMemory(dynamo, 40)
  await dynamo.close()
})

async function agreesWithMemory(coordination: Coordination, numRuns: number): Promise<void> {
  let pkCount = 0
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const pk = `pk${pkCount++}`
      const memory = new MemoryCoordination()
      for (const next of commands) {
        const expected = await run(memory, pk, next)
        expect(await run(coordination, pk, next)).toStrictEqual(expected)
      }
    }),
    { numRuns },
  )
}

async function run(coordination: Coordination, pk: string, next: Command): Promise<unknown> {
  switch (next.do) {
    case 'write':
      return coordination.write({ pk, sk: next.sk }, next.change, next.conditions)
    case 'delete':
      return coordination.delete({ pk, sk: next.sk }, next.conditions)
    case 'read':
      return coordination.read({ pk, sk: next.sk }, { consistent: next.consistent })
    case 'query': {
      const rows: unknown[] = []
      for await (const row of coordination.query(pk, next.prefix, { consistent: true, after: next.after }))
        rows.push(row)
      return rows
    }
  }
}
