import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Place } from '../processes/back-end.ts'
import { freePort } from '../servers/free-port.ts'

/** One `prism serve --advertise` in a process of its own. */
export type ServingNode = {
  readonly address: string
  readonly child: ChildProcess
  /** Lines of its standard error. */
  readonly log: string[]
  /** Of its metrics, by name without `prism_`. */
  readonly numbers: () => Promise<Record<string, number>>
  readonly kill: () => Promise<void>
}

const SECRET = 'a secret of these tests'.replaceAll(' ', '-')

export async function startServingNode(
  programs: string,
  place: Extract<Place, { kind: 'bucket' }>,
): Promise<ServingNode> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const words = ['serve', '--port', String(port), '--advertise', address, '--s3', place.bucket, '--table', place.table]
  const child = spawn(process.execPath, [join(programs, 'prism.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      PRISM_CLUSTER_SECRET: SECRET,
      AWS_ENDPOINT_URL: place.endpoint,
      AWS_ACCESS_KEY_ID: place.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
    },
  })
  const log: string[] = []
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(line))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => line.includes(' on http') && resolve())
    void ended.then(() => reject(new Error(`a node ended before it listened: ${log.join('\n')}`)))
  })
  return {
    address,
    child,
    log,
    numbers: async () => {
      const text = await (await fetch(`${address}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()
      const found = text.matchAll(/^prism_(\w+) (\d+)$/gm)
      return Object.fromEntries(Array.from(found, ([, name, value]) => [name!, Number(value)]))
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
