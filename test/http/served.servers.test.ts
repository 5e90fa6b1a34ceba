import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from '../../cli/commands/listen.ts'
import { createApp } from '../../core/http/create-app.ts'
import { processMetrics } from '../../core/http/metrics/process-metrics.ts'
import { openFolder } from '../../core/open/open-folder.ts'
import { describeApi } from './api/describe-api.ts'

describeApi('a server over a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prism-served-'))
  const engine = await openFolder(folder, { backgroundCompaction: true })
  const app = createApp(engine, { registerMetrics: processMetrics() })
  const server = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  return {
    fetch: (path, init) => fetch(server.address + path, init),
    close: async () => {
      await server.close()
      await engine.close()
      await rm(folder, { recursive: true })
    },
  }
})

// The same checks hold for a deployment: PRISM_TEST_URL=http://127.0.0.1:3080 npx vitest run test/http/served
const url = process.env.PRISM_TEST_URL
if (url !== undefined) {
  describeApi(url, async () => ({ fetch: (path, init) => fetch(url + path, init), close: async () => {} }))
}
