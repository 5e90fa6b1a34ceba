import { beforeAll, expect, test } from 'vitest'
import { all, inputsOf, type Plan, planDeployment } from './plan.ts'

const ROUTE = 'aws:apigatewayv2/route:Route'
const SCHEDULE = 'aws:scheduler/schedule:Schedule'

let plan: Plan

beforeAll(async () => {
  plan = await planDeployment('production')
}, 500_000)

test('the gateway has one route, which passes every signed request to the API', () => {
  expect(all(plan, ROUTE).map(({ inputs }) => inputs)).toMatchObject([
    { routeKey: '$default', authorizationType: 'AWS_IAM' },
  ])
  expect(all(plan, 'aws:apigatewayv2/integration:Integration').map(({ inputs }) => inputs)).toMatchObject([
    {
      integrationType: 'AWS_PROXY',
      integrationUri: expect.stringMatching(/:function:ApiFunction$/),
      payloadFormatVersion: '2.0',
    },
  ])
})

test('the gateway keeps its access log for a month', () => {
  expect(inputsOf(plan, 'aws:apigatewayv2/api:Api', 'GatewayApi').protocolType).toBe('HTTP')
  expect(inputsOf(plan, 'aws:cloudwatch/logGroup:LogGroup', 'GatewayAccessLog').retentionInDays).toBe(30)
})

test('pages of other origins reach nothing, or what the settings name', async () => {
  const named = await planDeployment('trial', { PRISM_CORS: 'https://app.example,http://localhost:5173' })
  const gatewayOf = (of: Plan) => inputsOf(of, 'aws:apigatewayv2/api:Api', 'GatewayApi').corsConfiguration
  const streamOf = (of: Plan) => inputsOf(of, 'aws:lambda/functionUrl:FunctionUrl', 'ApiStreamUrl').cors

  expect(all(named, ROUTE).map(({ inputs }) => inputs)).toMatchObject([
    { routeKey: '$default', authorizationType: 'AWS_IAM' },
    { routeKey: 'OPTIONS /{proxy+}', authorizationType: 'NONE' },
  ])
  expect(gatewayOf(plan)).toEqual({})
  expect(streamOf(plan)).toBeUndefined()
  for (const cors of [gatewayOf(named), streamOf(named)]) {
    expect(cors).toMatchObject({
      allowOrigins: ['https://app.example', 'http://localhost:5173'],
      allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
      allowHeaders: expect.arrayContaining(['Authorization', 'Prism-Session', 'X-Amz-Security-Token']),
      exposeHeaders: expect.arrayContaining(['ETag', 'Prism-Session']),
      maxAge: 600,
    })
  }
})

test('the gateway admits everybody only if the settings say so', async () => {
  const open = await planDeployment('trial', { PRISM_AUTHORIZATION: 'none' })

  expect(all(open, ROUTE).map(({ inputs }) => inputs)).toMatchObject([{ authorizationType: 'NONE' }])
})

test('a domain is served over TLS 1.2 or newer with its own certificate, and becomes the address', async () => {
  const named = await planDeployment('trial', { PRISM_DOMAIN: 'search.example.com' })

  expect(named.outputs.url).toBe('https://search.example.com')
  expect(inputsOf(named, 'aws:apigatewayv2/domainName:DomainName', 'GatewayDomainName')).toMatchObject({
    domainName: 'search.example.com',
    domainNameConfiguration: { endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' },
  })
  expect(all(plan, 'aws:apigatewayv2/domainName:DomainName')).toEqual([])
})

test('compaction runs every minute and garbage collection every quarter of an hour', () => {
  expect(all(plan, SCHEDULE)).toHaveLength(2)
  expect(inputsOf(plan, SCHEDULE, 'CompactScheduleSchedule')).toMatchObject({
    scheduleExpression: 'rate(1 minute)',
    state: 'ENABLED',
    target: { arn: expect.stringMatching(/:function:CompactFunction$/) },
  })
  expect(inputsOf(plan, SCHEDULE, 'CollectGarbageScheduleSchedule')).toMatchObject({
    scheduleExpression: 'rate(15 minutes)',
    state: 'ENABLED',
    target: { arn: expect.stringMatching(/:function:CollectGarbageFunction$/) },
  })
})

test('ticks during a running chore are dropped, not queued, and failed runs are not repeated', () => {
  for (const name of ['Compact', 'CollectGarbage']) {
    expect(
      inputsOf(plan, 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', `${name}EventInvokeConfig`),
    ).toEqual({ functionName: `${name}Function`, maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 })
  }
})
