import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { closeLater } from './host/deploy-handler.ts'
import { startHttpServer } from './host/http-server.ts'

const SCRIPT = fileURLToPath(new URL('dev-aws.ts', import.meta.url))

/** Runs the command, and returns its standard error and its status. */
async function run(...words: string[]): Promise<{ err: string; status: unknown }> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), SCRIPT, ...words], { stdio: 'pipe' })
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [status] = await once(child, 'close')
  return { err, status }
}

test('a port that is in use and an invalid number give one line of error each', async () => {
  const taken = new URL(closeLater(await startHttpServer(0, async () => {})).address).port

  const [port, leaves] = await Promise.all([run('--port', taken), run('--leaves', 'many')])

  const inUse = `dev:aws: 127.0.0.1:${taken} is in use: stop what listens there, or choose another --port\n`
  expect(port).toEqual({ err: inUse, status: 1 })
  const wrong = 'dev:aws: --leaves must be a whole number from 1 to 65534, got many; see --help\n'
  expect(leaves).toEqual({ err: wrong, status: 1 })
})
