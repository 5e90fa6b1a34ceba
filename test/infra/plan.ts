import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { temporaryFolder } from '../temporary-folder.ts'
import { installSst, repository, sstPlatform } from './install-sst.ts'
import type { Build } from './sst-server.ts'

const run = promisify(execFile)

/** A resource that Pulumi is asked to create: a `type` such as `aws:s3/bucket:Bucket`, and its logical `name`. */
export type Resource = {
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** Whether AWS keeps the resource when the resource leaves the plan or the stage is removed. */
  readonly isRetained: boolean
}

/** Everything that a deployment would create. */
export type Plan = {
  readonly app: { readonly name: string; readonly removal?: string; readonly protect?: boolean }
  readonly resources: readonly Resource[]
  readonly builds: readonly Build[]
  readonly outputs: Readonly<Record<string, unknown>>
}

/** Plans the deployment of a stage with only `settings` in its environment. Takes two to three seconds. */
export async function planDeployment(stage: string, settings: Readonly<Record<string, string>> = {}): Promise<Plan> {
  await installSst()
  const program = `${sstPlatform}/plan-${randomUUID()}.mjs`
  const work = await temporaryFolder()
  const planFile = `${work}/plan.json`
  try {
    await bundle(program)
    await run(process.execPath, [program, stage, work, planFile], {
      cwd: repository,
      env: { PATH: process.env.PATH, ...settings },
    })
    return JSON.parse(await readFile(planFile, 'utf8')) as Plan
  } finally {
    await rm(program, { force: true })
  }
}

/** The inputs of one resource. @throws if the plan has no such resource, or several */
export function inputsOf(plan: Plan, type: string, name: string): Readonly<Record<string, unknown>> {
  const [found, ...more] = all(plan, type).filter((resource) => resource.name === name)
  if (found !== undefined && more.length === 0) return found.inputs
  throw new Error(`${more.length + (found ? 1 : 0)} resources of type ${type} are named ${name}`)
}

export function all(plan: Plan, type: string): Resource[] {
  return plan.resources.filter((resource) => resource.type === type)
}

/** Bundles like SST: injects its `$…` functions, and resolves packages next to its components. */
async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('record-resources.ts', import.meta.url))],
    inject: [`${sstPlatform}/src/shim/run.js`],
    alias: { '@sst/platform': sstPlatform },
    packages: 'external',
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
    logLevel: 'warning',
    outfile,
  })
}
