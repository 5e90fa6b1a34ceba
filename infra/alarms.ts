import { api, apiStream, gateway } from './api.ts'
import { leaves } from './leaves.ts'
import { collectGarbage, compact } from './schedules.ts'
import { settings } from './settings.ts'
import { table } from './storage.ts'

type AlarmArgs = aws.cloudwatch.MetricAlarmArgs

const FIVE_MINUTES = 300
const ERROR_PERCENT_MAX = 1

// Not encrypted with the account's key for SNS, which CloudWatch may not use. Alarms name metrics, never documents.
const topic = new sst.aws.SnsTopic('Alarms')

if (settings.alarmEmail !== undefined) {
  // AWS sends alarms only after the owner of the address has confirmed the subscription.
  new aws.sns.TopicSubscription('AlarmsEmail', { topic: topic.arn, protocol: 'email', endpoint: settings.alarmEmail })
}

for (const [name, { name: functionName }] of Object.entries({ Api: api, ApiStream: apiStream })) {
  alarmIfAny(`${name}Errors`, 'requests crashed or ran out of time', lambda('Errors', functionName))
  alarmIfAny(`${name}Throttles`, 'requests were refused for lack of concurrency', lambda('Throttles', functionName))
}

for (const [number, leaf] of leaves.entries()) {
  alarmIfAny(`Leaf${number}Throttles`, 'searches were refused for lack of concurrency', lambda('Throttles', leaf.name))
}

for (const [name, { name: functionName }] of Object.entries({ Compact: compact, CollectGarbage: collectGarbage })) {
  alarmIfAny(`${name}Errors`, 'a scheduled run crashed or ran out of time', lambda('Errors', functionName))
}

for (const kind of ['Read', 'Write']) {
  alarmIfAny(
    `Table${kind}Throttles`,
    'DynamoDB refused requests because of their rate',
    dynamo(`${kind}ThrottleEvents`),
  )
}

// DynamoDB counts its own failures per operation only, not per table.
for (const operation of ['GetItem', 'Query', 'UpdateItem', 'DeleteItem']) {
  alarmIfAny(`Table${operation}Errors`, 'DynamoDB failed', dynamo('SystemErrors', { Operation: operation }))
}

alarm('GatewayErrors', `more than ${ERROR_PERCENT_MAX} % of requests were answered with 5xx`, {
  threshold: ERROR_PERCENT_MAX,
  // One failure in a quiet night is a high rate, so a high rate must last.
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  metricQueries: [
    { id: 'failed', metric: ofGateway('5xx') },
    { id: 'all', metric: ofGateway('Count') },
    { id: 'percent', expression: '100 * FILL(failed, 0) / all', label: 'percent failed', returnData: true },
  ],
})

/** Creates an alarm that goes off when the sum of the metric over five minutes is above 0. */
function alarmIfAny(name: string, description: string, metric: AlarmArgsOfMetric): void {
  alarm(name, description, { ...metric, statistic: 'Sum', period: FIVE_MINUTES, threshold: 0, evaluationPeriods: 1 })
}

function alarm(name: string, description: string, args: Omit<AlarmArgs, 'comparisonOperator'>): void {
  new aws.cloudwatch.MetricAlarm(`${name}Alarm`, {
    name: `${$app.name}-${$app.stage}-${name}`,
    alarmDescription: `Prism, stage ${$app.stage}: ${description}`,
    comparisonOperator: 'GreaterThanThreshold',
    // No data points mean no requests, as in most nights.
    treatMissingData: 'notBreaching',
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...args,
  })
}

type AlarmArgsOfMetric = Pick<AlarmArgs, 'namespace' | 'metricName' | 'dimensions'>

function lambda(metricName: string, functionName: $util.Input<string>): AlarmArgsOfMetric {
  return { namespace: 'AWS/Lambda', metricName, dimensions: { FunctionName: functionName } }
}

function dynamo(metricName: string, dimensions: Readonly<Record<string, string>> = {}): AlarmArgsOfMetric {
  return { namespace: 'AWS/DynamoDB', metricName, dimensions: { TableName: table.name, ...dimensions } }
}

function ofGateway(metricName: string) {
  const dimensions = { ApiId: gateway.nodes.api.id }
  return { namespace: 'AWS/ApiGateway', metricName, dimensions, stat: 'Sum', period: FIVE_MINUTES }
}
