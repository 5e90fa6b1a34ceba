import { beforeAll, expect, test } from 'vitest'
import { all, inputsOf, type Plan, planDeployment } from './plan.ts'

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'
const SUBSCRIPTION = 'aws:sns/topicSubscription:TopicSubscription'

let plan: Plan

beforeAll(async () => {
  plan = await planDeployment('production', { PRISM_LEAVES: '2', PRISM_ALARM_EMAIL: 'on-call@example.com' })
}, 500_000)

test('each failure that needs attention has an alarm', () => {
  const watched = all(plan, ALARM).flatMap(({ inputs }) => {
    if (inputs.metricName === undefined) return []
    const dimensions = Object.entries(inputs.dimensions as Record<string, string>).map((pair) => pair.join('='))
    return [`${inputs.namespace} ${inputs.metricName} ${dimensions.sort().join(' ')}`]
  })

  expect(watched.sort()).toEqual([
    'AWS/DynamoDB ReadThrottleEvents TableName=RowsTable',
    'AWS/DynamoDB SystemErrors Operation=DeleteItem TableName=RowsTable',
    'AWS/DynamoDB SystemErrors Operation=GetItem TableName=RowsTable',
    'AWS/DynamoDB SystemErrors Operation=Query TableName=RowsTable',
    'AWS/DynamoDB SystemErrors Operation=UpdateItem TableName=RowsTable',
    'AWS/DynamoDB WriteThrottleEvents TableName=RowsTable',
    'AWS/Lambda Errors FunctionName=ApiFunction',
    'AWS/Lambda Errors FunctionName=ApiStreamFunction',
    'AWS/Lambda Errors FunctionName=CollectGarbageFunction',
    'AWS/Lambda Errors FunctionName=CompactFunction',
    'AWS/Lambda Throttles FunctionName=ApiFunction',
    'AWS/Lambda Throttles FunctionName=ApiStreamFunction',
    'AWS/Lambda Throttles FunctionName=Leaf0Function',
    'AWS/Lambda Throttles FunctionName=Leaf1Function',
  ])
})

test('these alarms go off at the first failure', () => {
  for (const { name, inputs } of all(plan, ALARM)) {
    if (inputs.metricName === undefined) continue
    expect(inputs, name).toMatchObject({ statistic: 'Sum', period: 300, threshold: 0, evaluationPeriods: 1 })
  }
})

test('the gateway’s alarm goes off if more than one percent of requests fail for ten of fifteen minutes', () => {
  const metric = (metricName: string) => ({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensions: { ApiId: 'GatewayApi-id' },
    stat: 'Sum',
    period: 300,
  })

  expect(inputsOf(plan, ALARM, 'GatewayErrorsAlarm')).toMatchObject({
    threshold: 1,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    metricQueries: [
      { id: 'failed', metric: metric('5xx') },
      { id: 'all', metric: metric('Count') },
      { expression: '100 * FILL(failed, 0) / all', returnData: true },
    ],
  })
})

test('every alarm and its end is sent to the topic; missing data are not an alarm', () => {
  const topic = [expect.stringMatching(/:AlarmsTopic$/)]
  for (const { name, inputs } of all(plan, ALARM)) {
    expect(inputs, name).toMatchObject({
      name: expect.stringMatching(/^prism-production-/),
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
      alarmActions: topic,
      okActions: topic,
    })
  }
})

test('the topic notifies the given address, or nobody without one', async () => {
  const silent = await planDeployment('trial')

  expect(all(plan, SUBSCRIPTION).map(({ inputs }) => inputs)).toMatchObject([
    { topic: expect.stringMatching(/:AlarmsTopic$/), protocol: 'email', endpoint: 'on-call@example.com' },
  ])
  expect(all(silent, SUBSCRIPTION)).toEqual([])
})
