import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'
import { deployHandler, isAlive, readValue } from './deploy-handler.ts'

test('closing a function ends its processes, frozen or busy', async () => {
  const { host } = await deployHandler(`
    export const handler = ({ hang }) => new Promise((resolve) => {
      if (hang) setInterval(() => {}, 1_000)
      else resolve(process.pid)
    })`)
  const frozen = readValue(await host.invoke('{}')) as number
  const other = host.nextInvocation()
  const both = [host.invoke('{"hang":true}'), host.invoke('{"hang":true}')]
  const { pid } = await other

  expect(isAlive(frozen)).toBe(true)
  await host.close()

  expect([isAlive(frozen), isAlive(pid)]).toEqual([false, false])
  for (const answer of await Promise.all(both)) expect(answer.kind).toBe('error')
  expect(host.instanceCount).toBe(0)
})

const testOnLinux = test.skipIf(process.platform !== 'linux')

testOnLinux('a frozen process ends with the one that started it, even when that is killed', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'index.mjs'), 'export const handler = async () => process.pid')
  const script = join(folder, 'parent.mts')
  await writeFile(script, parentOf(folder))
  const parent = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], { stdio: 'pipe' })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const wasAlive = isAlive(pid)

  parent.kill('SIGKILL')
  await once(parent, 'exit')
  for (let i = 0; i < 500 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 10))

  expect(wasAlive).toBe(true)
  expect(isAlive(pid)).toBe(false)
})

function parentOf(folder: string): string {
  const limits = { memoryMb: 256, timeoutMs: 5_000, concurrencyMax: 1 }
  const settings = { name: 'f', folder, handler: 'index.handler', environment: {}, ...limits }
  return `
    import { FunctionHost } from '${import.meta.resolve('./function-host.ts')}'
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    const host = new FunctionHost(${JSON.stringify(settings)}, { credentials })
    const { payload } = await host.invoke('{}')
    console.log(payload.toString())
    setInterval(() => {}, 1_000)`
}
