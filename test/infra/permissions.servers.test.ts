import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { repository } from './install-sst.ts'
import { all, inputsOf, type Plan, planDeployment } from './plan.ts'
import { grantsOf, statementsOf } from './policies.ts'

const ROLE = 'aws:iam/role:Role'
const ROWS = ['DeleteItem', 'GetItem', 'Query', 'UpdateItem'].map((action) => `dynamodb:${action} on table/RowsTable`)
const INVOKE_LEAVES = [0, 1, 2, 3].map((number) => `lambda:InvokeFunction on Leaf${number}Function`)
const READ_AND_WRITE = [
  's3:AbortMultipartUpload on ObjectsBucket/*',
  's3:GetObject on ObjectsBucket/*',
  's3:ListBucket on ObjectsBucket',
  's3:PutObject on ObjectsBucket/*',
]

/** The action that a request to S3 or DynamoDB needs. Only developers create buckets and tables. */
const ACTIONS: Readonly<Record<string, string | undefined>> = {
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  ListObjectsV2: 's3:ListBucket',
  PutObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  DeleteObjects: 's3:DeleteObject',
  CreateBucket: undefined,
  GetItem: 'dynamodb:GetItem',
  Query: 'dynamodb:Query',
  UpdateItem: 'dynamodb:UpdateItem',
  DeleteItem: 'dynamodb:DeleteItem',
  CreateTable: undefined,
}

let plan: Plan

beforeAll(async () => {
  plan = await planDeployment('production')
}, 500_000)

test('the API reads and writes objects and rows, invokes exactly the leaves, and deletes no object', () => {
  const grants = grantsOf(plan, 'ApiRole')

  expect(grants).toEqual([...ROWS, ...INVOKE_LEAVES, ...READ_AND_WRITE])
  expect(grantsOf(plan, 'ApiStreamRole')).toEqual(grants)
})

test('a leaf reads the objects of collections, and neither writes nor accesses the table', () => {
  for (const leaf of ['Leaf0Role', 'Leaf1Role', 'Leaf2Role', 'Leaf3Role']) {
    expect(grantsOf(plan, leaf)).toEqual(['s3:GetObject on ObjectsBucket/c/*', 's3:ListBucket on ObjectsBucket'])
  }
})

test('compaction reads and writes objects and rows', () => {
  expect(grantsOf(plan, 'CompactRole')).toEqual([...ROWS, ...READ_AND_WRITE])
})

test('only garbage collection deletes objects', () => {
  expect(grantsOf(plan, 'CollectGarbageRole')).toEqual([
    ...ROWS,
    's3:DeleteObject on ObjectsBucket/*',
    's3:GetObject on ObjectsBucket/*',
    's3:ListBucket on ObjectsBucket',
    's3:PutObject on ObjectsBucket/*',
  ])
  const deleters = all(plan, ROLE).filter(({ name }) =>
    grantsOf(plan, name).some((grant) => /Delete(Object|B)/.test(grant)),
  )
  expect(deleters.map(({ name }) => name)).toEqual(['CollectGarbageRole'])
})

test('the granted actions are those that the requests of the engine need', () => {
  const granted = ['ApiRole', 'CollectGarbageRole']
    .flatMap((role) => grantsOf(plan, role))
    .map((grant) => grant.split(' ')[0]!)
  const sent = ['core/storage', 'core/coordination'].flatMap(requestsSentBy)

  expect(sent.filter((request) => !(request in ACTIONS))).toEqual([])
  expect(sorted(sent.flatMap((request) => ACTIONS[request] ?? []))).toEqual(
    sorted(granted.filter((action) => !action.startsWith('lambda:'))),
  )
})

test('each schedule invokes its own function only', () => {
  expect(grantsOf(plan, 'CompactScheduleRole')).toEqual(['lambda:InvokeFunction on CompactFunction'])
  expect(grantsOf(plan, 'CollectGarbageScheduleRole')).toEqual(['lambda:InvokeFunction on CollectGarbageFunction'])
})

test('no role has an action or a resource with a wildcard, except for keys in the bucket', () => {
  const roles = all(plan, ROLE).map(({ name }) => name)
  const wild = roles.flatMap((role) => grantsOf(plan, role)).filter((grant) => grant.includes('*'))

  expect(roles.length).toBeGreaterThan(8)
  expect(
    wild.filter((grant) => !/^s3:\w+Object on ObjectsBucket\/(c\/)?\*$|^s3:AbortMultipartUpload on /.test(grant)),
  ).toEqual([])
})

test('a function may also write logs', () => {
  const managed = all(plan, ROLE).flatMap(({ inputs }) => (inputs.managedPolicyArns as string[] | undefined) ?? [])

  expect([...new Set(managed)]).toEqual(['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'])
})

test('only the intended service can assume a role', () => {
  for (const { name, inputs } of all(plan, ROLE)) {
    const trust = inputs.assumeRolePolicy
    const service = name.endsWith('ScheduleRole') ? 'scheduler.amazonaws.com' : 'lambda.amazonaws.com'
    const statements = typeof trust === 'string' ? statementsOf(trust) : (trust as { Statement: unknown }).Statement

    expect(statements, name).toMatchObject([{ Effect: 'Allow', Principal: { Service: service } }])
  }
})

test('the gateway may invoke the API, and no other invocation is permitted', () => {
  expect(all(plan, 'aws:lambda/permission:Permission').map(({ inputs }) => inputs)).toEqual([
    {
      action: 'lambda:InvokeFunction',
      function: expect.stringMatching(/:function:ApiFunction$/),
      principal: 'apigateway.amazonaws.com',
      sourceArn: 'arn:aws:execute-api:eu-central-1:123456789012:GatewayApi/*',
    },
  ])
})

test('the address for large answers admits only callers that IAM allows', () => {
  expect(inputsOf(plan, 'aws:lambda/functionUrl:FunctionUrl', 'ApiStreamUrl')).toMatchObject({
    functionName: 'ApiStreamFunction',
    authorizationType: 'AWS_IAM',
    invokeMode: 'RESPONSE_STREAM',
  })
})

test('without leaves the API invokes nothing, and no policy has an empty statement', async () => {
  const alone = await planDeployment('trial', { PRISM_LEAVES: '0' })

  expect(grantsOf(alone, 'ApiRole')).toEqual([...ROWS, ...READ_AND_WRITE])
  for (const { inputs } of all(alone, ROLE)) {
    for (const { policy } of inputs.inlinePolicies as { policy: string }[]) {
      expect(statementsOf(policy).every(({ Action, Resource }) => Action.length > 0 && Resource.length > 0)).toBe(true)
    }
  }
})

/** The names of the AWS SDK commands in the files of a folder. */
function requestsSentBy(folder: string): string[] {
  return readdirSync(`${repository}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${repository}${folder}/${name}`, 'utf8'))
    .flatMap((text) => Array.from(text.matchAll(/\bnew (\w+)Command\(/g), ([, request]) => request!))
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
