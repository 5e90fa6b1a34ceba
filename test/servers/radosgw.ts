import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('radosgw.sh', import.meta.url))

export type Radosgw = {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  stop(): Promise<void>
}

/**
 * Starts Ceph's S3 gateway on this machine, which takes some 20 seconds, and
 * up to a minute more where its packages have to be installed first.
 *
 * @throws if it cannot run here, saying why: tests that need it must not pass without it
 */
export async function startRadosgw(): Promise<Radosgw> {
  const folder = await mkdtemp(join(tmpdir(), 'prism-radosgw-'))
  const port = await findFreePorts(3)
  try {
    await run('bash', [script, 'start', folder, String(port)])
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new Error(`radosgw cannot run here, so the tests against a real S3 server cannot either:\n${stderr}`, {
      cause: error,
    })
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'TESTKEY', secretAccessKey: 'TESTSECRET' },
    stop: async () => {
      await run('bash', [script, 'stop', folder])
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

/** The first of `count` ports in a row on which nobody listens. */
async function findFreePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    const servers = await Promise.all(Array.from({ length: count }, (_, i) => tryListen(first + i)))
    const isFree = servers.every((server) => server !== undefined)
    await Promise.all(servers.map((server) => server && new Promise((resolve) => server.close(resolve))))
    if (isFree) return first
  }
  throw new Error(`found no ${count} free ports in a row`)
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
