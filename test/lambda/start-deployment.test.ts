import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { buildFunctions } from './deployed-functions.ts'
import { closeLater, isAlive, readValue } from './host/deploy-handler.ts'
import { type Deployment, type DeploymentOptions, startDeployment } from './start-deployment.ts'

const ENDPOINTS = { s3: 'http://127.0.0.1:1', dynamo: 'http://127.0.0.1:2' }

/** Functions that return their names. The API invokes all leaves, one after another. */
const SOURCES = {
  api: `
    const invoke = async (name: string, path: string) => {
      const url = process.env.AWS_ENDPOINT_URL_LAMBDA + '/2015-03-31/functions/' + name + '/invocations'
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ path }) })
      return answer.headers.get('x-amz-function-error') ?? await answer.json()
    }
    export const handler = async ({ rawPath }: { rawPath: string }) => {
      const leaves: unknown[] = []
      for (const name of JSON.parse(process.env.SST_RESOURCE_LeafPool!).functions) leaves.push(await invoke(name, rawPath))
      return { rawPath, leaves, environment: process.env, pid: process.pid }
    }`,
  'api-stream': `
    export const handler = awslambda.streamifyResponse(async ({ rawPath }: any, stream: any) => {
      stream.end(rawPath + ' ' + process.env.SST_RESOURCE_LeafPool)
    })`,
  leaf: `
    export const handler = async ({ path }: { path: string }) => {
      const name = process.env.AWS_LAMBDA_FUNCTION_NAME
      if (path === '/stuck/' + name) await new Promise((resolve) => setTimeout(resolve, 60_000))
      return name + ' ' + process.env.SST_RESOURCE_LeafPool
    }`,
  compact: 'export const handler = async (event: object) => event',
  'collect-garbage': 'export const handler = async (event: object) => event',
}

async function start(options: Partial<DeploymentOptions> = {}): Promise<Deployment> {
  const [sources, bundlesFolder] = [await temporaryFolder(), await temporaryFolder()]
  for (const [name, text] of Object.entries(SOURCES)) await writeFile(join(sources, `${name}.ts`), text)
  await buildFunctions(bundlesFolder, sources)
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const place = { ...ENDPOINTS, bucket: 'books', table: 'rows', credentials, bundlesFolder, leafCount: 2 }
  return closeLater(await startDeployment({ ...place, ...options }))
}

type Told = { rawPath: string; leaves: unknown[]; environment: Record<string, string>; pid: number }

test('the API finds its leaves and its storage in the environment, like with SST’s links', async () => {
  const deployment = await start({ apiEnv: { COLOUR: 'red' } })

  const told = (await (await fetch(`${deployment.address}/collections`)).json()) as Told
  const streamed = await (await fetch(`${deployment.streamAddress}/a%2Fb`)).text()

  expect(told.rawPath).toBe('/collections')
  expect(told.leaves).toEqual(['leaf-0 undefined', 'leaf-1 undefined'])
  expect(told.environment).toMatchObject({
    SST_RESOURCE_App: '{"name":"prism","stage":"local"}',
    SST_RESOURCE_Storage: '{"bucket":"books","table":"rows"}',
    SST_RESOURCE_LeafPool: '{"functions":["leaf-0","leaf-1"]}',
    AWS_ENDPOINT_URL_S3: ENDPOINTS.s3,
    AWS_ENDPOINT_URL_DYNAMODB: ENDPOINTS.dynamo,
    AWS_ENDPOINT_URL_LAMBDA: deployment.lambdaAddress,
    AWS_REGION: 'us-east-1',
    COLOUR: 'red',
  })
  expect(streamed).toBe('/a%2Fb {"functions":["leaf-0","leaf-1"]}')
})

test('if a leaf is killed while the API waits for it, only its answer is missing', async () => {
  const { address, leaves } = await start()
  const [first, second] = leaves

  const started = second!.nextInvocation()
  void started.then(({ kill }) => kill())
  const told = (await (await fetch(`${address}/stuck/leaf-1`)).json()) as Told
  const again = (await (await fetch(address)).json()) as Told

  expect(told.leaves).toEqual(['leaf-0 undefined', 'Unhandled'])
  expect(again.leaves).toEqual(['leaf-0 undefined', 'leaf-1 undefined'])
  expect([first!.counts.coldStarts, second!.counts.coldStarts]).toEqual([1, 2])
})

test('the chores run on a schedule and on demand', async () => {
  const { compact, collectGarbage } = await start({ scheduleMs: 20 })

  const { payload } = await compact.nextInvocation()
  const second = await collectGarbage.nextInvocation()
  let answer = await compact.invoke('{"by":"hand"}')
  while (answer.kind === 'refused') {
    // The only process may be busy with a scheduled run.
    await new Promise((resolve) => setTimeout(resolve, 5))
    answer = await compact.invoke('{"by":"hand"}')
  }

  for (const event of [payload, second.payload]) {
    expect(JSON.parse(Buffer.from(event).toString())).toMatchObject({ source: 'aws.events', detail: {} })
  }
  expect(readValue(answer)).toEqual({ by: 'hand' })
})

test('closing a deployment ends everything that it started', async () => {
  const deployment = await start()
  const { pid } = (await (await fetch(deployment.address)).json()) as Told

  await deployment.close()

  expect(isAlive(pid)).toBe(false)
  for (const { instanceCount } of [deployment.api, ...deployment.leaves]) expect(instanceCount).toBe(0)
  for (const address of [deployment.address, deployment.streamAddress, deployment.lambdaAddress]) {
    await expect(fetch(address)).rejects.toThrow()
  }
})

test('a port that is in use is an error, and nothing keeps running', async () => {
  const { address } = await start()

  await expect(start({ port: Number(new URL(address).port) })).rejects.toThrow('EADDRINUSE')
})
