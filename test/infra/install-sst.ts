import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The folder of SST's components, their types and Pulumi. SST's installer writes it; it is never committed. */
export const sstPlatform = `${repository}.sst/platform`

/**
 * Runs once before the files of the servers ring, which would otherwise install at the same time. If this fails, the
 * tests that need SST report the reason.
 */
export async function setup(): Promise<void> {
  await installSst().catch(() => undefined)
}

/**
 * Installs the components of the installed `sst` if they are missing, which takes a minute the first time.
 *
 * @throws if they cannot be installed, with the reason: tests that need them must not pass without them
 */
export function installSst(): Promise<void> {
  installing ??= install()
  return installing
}

let installing: Promise<void> | undefined

async function install(): Promise<void> {
  const { version } = JSON.parse(await read(`${repository}node_modules/sst/package.json`)) as { version: string }
  if (await isInstalled(version)) return

  // Otherwise SST would report usage, look for programs that only a deployment needs, and prefer bun to npm.
  const quiet = { SST_TELEMETRY_DISABLED: '1', SST_SKIP_DEPENDENCY_CHECK: '1', SST_NO_BUN: '1' }
  try {
    await run('npx', ['--no', 'sst', 'install', '--stage', 'test', '--print-logs'], {
      cwd: repository,
      env: { ...process.env, ...quiet },
      timeout: 400_000,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`sst ${version} cannot install its components here:\n${stdout}${stderr}`, { cause: error })
  }
  if (!(await isInstalled(version))) throw new Error(`sst ${version} did not install its components and said nothing`)
}

/** The version is written before the packages are installed, and the types afterwards. */
async function isInstalled(version: string): Promise<boolean> {
  const [found] = await Promise.all([read(`${sstPlatform}/version`), read(`${sstPlatform}/config.d.ts`)]).catch(
    () => [],
  )
  return found === version
}

async function read(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim()
}
