import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { buildBundles } from './build-bundles.ts'
import { closeLater, readValue } from './host/deploy-handler.ts'
import { FunctionHost } from './host/function-host.ts'

/** Modules of bundles, not of this test. */
const HERE = './'

async function write(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

test('a bundle has everything that it needs, even for code that uses CommonJS', async () => {
  const source = await write({
    'one.ts': `
      import { greet } from '${HERE}greet.ts'
      export class KeptName {}
      export const handler = async (event: { name: string }) => {
        const { data } = await import('${HERE}data.ts')
        const separator = require('node:path').sep
        return [greet(event.name), data.length, separator, __dirname, __filename, KeptName.name]
      }`,
    'greet.ts': "export const greet = (name: string): string => 'hello ' + name",
    'data.ts': `export const data = '${'x'.repeat(5_000)}'`,
  })
  const outFolder = await temporaryFolder()

  const { first, second } = await buildBundles(
    { first: join(source, 'one.ts'), second: join(source, 'greet.ts') },
    outFolder,
  )
  const host = closeLater(
    new FunctionHost(
      {
        ...{ name: 'one', folder: first.folder, handler: 'one.handler', environment: {} },
        ...{ memoryMb: 128, timeoutMs: 30_000, concurrencyMax: 1 },
      },
      { credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
    ),
  )
  const value = readValue(await host.invoke('{"name":"you"}'))

  expect(first).toMatchObject({ folder: join(outFolder, 'first'), entry: 'one.mjs' })
  expect(second).toMatchObject({ folder: join(outFolder, 'second'), entry: 'greet.mjs' })
  expect(value).toEqual(['hello you', 5_000, '/', `${first.folder}/`, join(first.folder, 'one.mjs'), 'KeptName'])
})

test('dynamic imports do not count as loaded at the start', async () => {
  const source = await write({
    'entry.ts': `
      import { shared } from '${HERE}shared.ts'
      export const handler = async () => [shared, (await import('${HERE}later.ts')).later]`,
    'later.ts': `import { shared } from '${HERE}shared.ts'\nexport const later = [shared, '${'y'.repeat(5_000)}']`,
    'shared.ts': `export const shared = '${'x'.repeat(5_000)}'`,
  })

  const { entry } = await buildBundles({ entry: join(source, 'entry.ts') }, await temporaryFolder())
  const sizes = new Map<string, number>()
  for (const name of await readdir(entry.folder)) sizes.set(name, (await stat(join(entry.folder, name))).size)

  expect(sizes.size).toBe(3)
  expect([...sizes.keys()].every((name) => name.endsWith('.mjs'))).toBe(true)
  expect(entry.totalBytes).toBe([...sizes.values()].reduce((sum, size) => sum + size))
  const [later] = [...sizes.entries()].find(([name]) => name.startsWith('later'))!
  expect(entry.initBytes).toBe(entry.totalBytes - sizes.get(later)!)
  expect(sizes.get(later)).toBeGreaterThan(5_000)
})

test('code that cannot be bundled is an error with its place', async () => {
  const source = await write({ 'wrong.ts': "import './nowhere.ts'" })

  await expect(buildBundles({ wrong: join(source, 'wrong.ts') }, await temporaryFolder())).rejects.toThrow(
    /wrong\.ts:1:7: ERROR: Could not resolve "\.\/nowhere\.ts"/,
  )
})
