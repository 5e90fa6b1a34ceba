import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { freePort } from '../servers/free-port.ts'
import { untilServed } from '../servers/until-served.ts'
import { newFolder, prism } from './terminal.ts'

const env = { PRISM_CLUSTER_SECRET: 'x'.repeat(16) }

test.each([
  ['without a secret', 'http://10.0.0.7:3080', {}, /needs PRISM_CLUSTER_SECRET/],
  ['with a short secret', 'http://10.0.0.7:3080', { PRISM_CLUSTER_SECRET: 'x'.repeat(15) }, /at least 16/],
  [
    'with a secret that no header can hold',
    'http://a',
    { PRISM_CLUSTER_SECRET: `${'x'.repeat(16)}\n` },
    /visible ASCII/,
  ],
  ['with no address', '10.0.0.7:3080', env, /an address such as/],
  ['with a path', 'http://10.0.0.7:3080/prism', env, /an address such as/],
])('serve --advertise %s is refused', async (_, address, environment, message) => {
  const data = join(await newFolder(), 'data')

  const { status, err } = await prism(['serve', '--port', '0', '--data', data, '--advertise', address], {
    env: environment as Record<string, string>,
  })

  expect(status).toBe(1)
  expect(err).toMatch(message)
  expect(err).not.toContain('xxxxx')
})

test('a server that advertises itself keeps a row while it runs, and says so in its metrics', async () => {
  const data = join(await newFolder(), 'data')
  const ended = new AbortController()
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`

  const running = prism(['serve', '--port', String(port), '--data', data], {
    env: { ...env, PRISM_ADVERTISE: address },
    signal: ended.signal,
  })
  const metrics = await untilServed(`${address}/metrics`)
  await fetch(`${address}/collections/books/documents`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ documents: [{ id: 'a' }] }),
  })
  const unknown = await fetch(`${address}/internal/shards/u/0/writes`, { method: 'POST', body: 'x' })
  ended.abort()
  const { status } = await running
  const rows = new LmdbCoordination(join(data, 'coordination'))
  const left: string[] = []
  for await (const { sk } of rows.query('deployment', 'node#', { consistent: true })) left.push(sk)
  await rows.close()

  expect(metrics).toMatch(/^prism_nodes 1$/m)
  expect(unknown.status).toBe(401)
  expect(status).toBe(0)
  expect(left).toEqual([])
})
