import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { installSst, repository, sstPlatform } from './install-sst.ts'

const run = promisify(execFile)

beforeAll(installSst, 500_000)

test('sst.config.ts and its imports match the types of SST', async () => {
  expect(await findTypeErrors('infra')).toBe('')
})

test('the types of SST detect a misspelt option', async () => {
  const folder = await temporaryFolder()
  await writeFile(`${folder}/misspelt.ts`, `new sst.aws.Bucket('Objects', { enforceHttp: true })`)
  const project = {
    extends: `${repository}infra/tsconfig.json`,
    compilerOptions: { typeRoots: [`${repository}node_modules/@types`] },
    files: ['misspelt.ts', `${sstPlatform}/config.d.ts`],
    include: [],
  }
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify(project))

  expect(await findTypeErrors(folder)).toMatch(/^\S*misspelt\.ts.*'enforceHttp' does not exist in type 'BucketArgs'/)
})

async function findTypeErrors(project: string): Promise<string> {
  const compiler = `${repository}node_modules/typescript/bin/tsc`
  const { stdout } = await run(process.execPath, [compiler, '-p', project], { cwd: repository }).catch(
    (error: { stdout: string }) => error,
  )
  return stdout
}
