import { afterAll, beforeAll } from 'vitest'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { describeCoordination } from '../contract/coordination.contract.ts'
import { describeMembership } from '../contract/membership.contract.ts'
import { type DynamoServer, startDynamoServer } from '../servers/dynamo-server.ts'

let server: DynamoServer
let tableCount = 0

beforeAll(async () => {
  server = await startDynamoServer()
})

afterAll(async () => {
  await server.close()
})

describeCoordination('DynamoDB on dynalite', openTable)
describeMembership('DynamoDB on dynalite', openTable)

async function openTable(): Promise<DynamoCoordination> {
  const coordination = new DynamoCoordination({
    table: `table-${tableCount++}`,
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  await coordination.createTable()
  return coordination
}
