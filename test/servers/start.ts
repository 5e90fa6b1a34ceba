import { parseArgs } from 'node:util'
import { startDynamoServer } from './dynamo-server.ts'
import { startS3Server } from './s3-server.ts'

const USAGE = `Serves S3 and DynamoDB from memory until it is interrupted.

  node --import tsx test/servers/start.ts [options]

  --s3-port N             port of S3 (default: any free one)
  --dynamo-port N         port of DynamoDB (default: any free one)
  --first-byte-ms N       delay of S3's answers, but to puts
  --put-ms N              delay of answers to puts
  --mib-per-second N      bandwidth of each S3 stream
  --dynamo-ms N           delay of DynamoDB's answers

Prints one line of JSON with both endpoints once it serves.`

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    's3-port': { type: 'string' },
    'dynamo-port': { type: 'string' },
    'first-byte-ms': { type: 'string' },
    'put-ms': { type: 'string' },
    'mib-per-second': { type: 'string' },
    'dynamo-ms': { type: 'string' },
  },
})

if (values.help) {
  process.stdout.write(`${USAGE}\n`)
} else {
  const s3 = await startS3Server({
    port: Number(values['s3-port'] ?? 0),
    network: {
      firstByteMs: Number(values['first-byte-ms'] ?? 0),
      putMs: Number(values['put-ms'] ?? 0),
      mibPerSecond: Number(values['mib-per-second'] ?? 0),
    },
  })
  const dynamo = await startDynamoServer({
    port: Number(values['dynamo-port'] ?? 0),
    latencyMs: Number(values['dynamo-ms'] ?? 0),
  })
  process.stdout.write(`${JSON.stringify({ s3: s3.endpoint, dynamo: dynamo.endpoint })}\n`)
  const stop = () => void Promise.all([s3.close(), dynamo.close()]).then(() => process.exit(0))
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
