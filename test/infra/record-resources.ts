import { writeFile } from 'node:fs/promises'
import * as aws from '@pulumi/aws'
import { output, runtime } from '@pulumi/pulumi'
import config from '../../sst.config.ts'
import { answerQuestion, describeResource } from './fake-aws.ts'
import type { Plan, Resource } from './plan.ts'
import { startSstServer } from './sst-server.ts'

/**
 * Runs `sst.config.ts` like `sst deploy`, with SST's own components, and records the resources that they request.
 *
 * A separate program: plan.ts bundles it into SST's folder, like SST does with a config, and starts it as
 * `node <bundle> <stage> <work folder> <plan file>`.
 */
const [stage, work, planFile] = process.argv.slice(2) as [string, string, string]
const root = process.cwd()
const server = await startSstServer(`${root}/infra`)
process.env.SST_SERVER = server.address

const app = { ...(await config.app({ stage })), stage }
const paths = { root, work, home: work, platform: `${root}/.sst/platform` }
// Components read some of these when they are loaded, so the imports follow.
Object.assign(globalThis, { aws, $app: app, $dev: false, $cli: { command: 'deploy', paths, state: { version: {} } } })
Object.assign(globalThis, { sst: await import('@sst/platform/src/components/index.ts') })
const { run } = await import('@sst/platform/src/auto/run.ts')

const resources: Resource[] = []
const retained = new Set<string>()
let outputs: Plan['outputs'] = {}

await runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => {
      resources.push({ type, name, inputs, isRetained: retained.has(`${type} ${name}`) })
      return { id: `${name}-id`, state: describeResource(type, name, inputs) }
    },
    call: ({ token, inputs }) => answerQuestion(token, inputs),
  },
  app.name,
  stage,
)

await runtime.runInPulumiStack(() =>
  run(async () => {
    // Registered after SST's own transform, so it sees the options that Pulumi gets.
    runtime.registerStackTransformation(({ type, name, opts }) => {
      if (opts.retainOnDelete) retained.add(`${type} ${name}`)
      return undefined
    })
    const result = await config.run()
    output(result).apply((values) => {
      outputs = values as Plan['outputs']
    })
    return result ?? {}
  }),
)

// Components register resources when values arrive. When no value is pending, all resources are registered.
process.once('beforeExit', () =>
  writeFile(planFile, JSON.stringify({ app, resources, builds: server.builds, outputs })),
)
