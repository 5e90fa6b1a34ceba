import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, prism } from './terminal.ts'

const QUESTIONS = [
  { words: ['restore', 'books', '--snapshot', 'one'], asks: 'replace books with 2 documents in', after: 1 },
  { words: ['delete', 'books', '--filter', '{"id":"b"}'], asks: 'delete 1 document of books in', after: 1 },
  { words: ['delete', 'books'], asks: 'delete books with 2 documents in', after: undefined },
]

test.each(QUESTIONS)('on a terminal, $words asks first; no means no', async ({ words, asks, after }) => {
  const at = ['--data', await folderWithTwoBooks()]

  const refused = await prism([...words, ...at], { isTerminal: true, input: '\n' })
  expect(refused).toMatchObject({ status: 1, out: '' })
  expect(refused.err).toContain(asks)
  expect(refused.err).toMatch(/\? \[y\/N\] [\s\S]*nothing was (restored|deleted)\n$/)
  expect(await countIn(at)).toBe(2)

  expect(await prism([...words, ...at], { isTerminal: true, input: 'y\n' })).toMatchObject({ status: 0 })
  expect(await countIn(at)).toBe(after)
})

test.each(QUESTIONS)('on a terminal, $words --yes does not ask', async ({ words, after }) => {
  const at = ['--data', await folderWithTwoBooks()]

  expect((await prism([...words, '--yes', ...at], { isTerminal: true })).status).toBe(0)
  expect(await countIn(at)).toBe(after)
})

/** A folder with a collection of two documents, and a snapshot of when it had one. */
async function folderWithTwoBooks(): Promise<string> {
  const data = join(await newFolder(), 'data')
  await prism(['import', 'books', '-', '--data', data], { input: '{"id":"a"}' })
  await prism(['snapshot', 'create', 'books', 'one', '--data', data])
  await prism(['import', 'books', '-', '--data', data], { input: '{"id":"b"}' })
  return data
}

async function countIn(at: readonly string[]): Promise<number | undefined> {
  const { status, out } = await prism(['search', 'books', '*', '--json', ...at])
  return status === 0 ? JSON.parse(out).total : undefined
}
