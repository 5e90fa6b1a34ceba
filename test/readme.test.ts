import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { open } from '../core/open/open.ts'
import { temporaryFolder } from './temporary-folder.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the lines in the README run and print what they say', async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme)!
  const [, output] = /```text\n([\s\S]*?)```/.exec(readme)!
  const folder = join(await temporaryFolder(), 'library')
  const printed: string[] = []
  const script = code!
    .replace(/^import .*$/m, '')
    .replaceAll("'./library'", JSON.stringify(folder))
    .replace(/collection<[^>]*>/, 'collection')
    .replaceAll('console.log', 'print')
  const print = (...values: unknown[]) => printed.push(values.map((value) => inspect(value)).join(' '))
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  await new AsyncFunction('open', 'print', script)(open, print)

  expect(printed.join('\n')).toBe(output!.trim())
})
