import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Bundle } from '../../test/lambda/build-bundles.ts'

/** What loading a bundle takes in a fresh process, until the function can be invoked. */
export type Init = {
  readonly cpuMs: number
  readonly wallMs: number
  readonly rssBytes: number
  readonly heapBytes: number
}

const CODE = `
const [cpu, start] = [process.cpuUsage(), performance.now()]
await import(process.env.BENCH_BUNDLE)
const { user, system } = process.cpuUsage(cpu)
const { rss, heapUsed } = process.memoryUsage()
const wallMs = performance.now() - start
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1e3, wallMs, rssBytes: rss, heapBytes: heapUsed }))
process.exit(0)`

/** The environment of a deployment. Nothing uses its links before the first invocation. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
  SST_RESOURCE_App: '{"name":"prism","stage":"bench"}',
  SST_RESOURCE_Storage: '{"bucket":"none","table":"none"}',
  SST_RESOURCE_LeafPool: '{"functions":["leaf-0"]}',
  NODE_NO_WARNINGS: '1',
}

export async function measureInit({ folder, entry }: Bundle): Promise<Init> {
  // A global of the Lambda runtime, which streaming handlers need when they are loaded.
  const streaming = 'globalThis.awslambda = { streamifyResponse: (handler) => handler }\n'
  const child = spawn(process.execPath, ['--input-type=module', '-e', streaming + CODE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...ENVIRONMENT, PATH: process.env.PATH, BENCH_BUNDLE: join(folder, entry) },
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`a fresh process with ${entry} ended with status ${code}`)
  return JSON.parse(Buffer.concat(chunks).toString()) as Init
}
