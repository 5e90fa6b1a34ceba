import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, prism } from './terminal.ts'

test('a snapshot is made, listed, searched after other imports and collections, and deleted', async () => {
  const data = join(await newFolder(), 'data')
  const at = ['--data', data]
  const write = (text: string) => prism(['import', 'books', '-', ...at], { input: JSON.stringify({ id: 'a', text }) })
  const hitsOf = async (...words: string[]) => {
    const { out } = await prism(['search', 'books', 'wind', '--json', ...words, ...at])
    return JSON.parse(out).hits.length
  }

  await write('the wind')
  const made = await prism(['snapshot', 'create', 'books', 'before', ...at])
  await write('the sea')
  await prism(['gc', '--retention=0s', ...at])
  const listed = await prism(['snapshot', 'list', 'books', '--json', ...at])

  expect(made.out).toMatch(/^made before {2}\d{4}-\S+Z {2}version \d+\n$/)
  expect(JSON.parse(listed.out).snapshots).toMatchObject([{ name: 'before', versions: [expect.any(Number)] }])
  expect(await hitsOf()).toBe(0)
  expect(await hitsOf('--snapshot', 'before')).toBe(1)
  expect((await prism(['search', 'books', 'wind', '--at', '2001-01-01', ...at])).err).toContain('it did not exist yet')
  expect((await prism(['snapshot', 'delete', 'books', 'before', ...at])).out).toBe('deleted before\n')
  expect((await prism(['snapshot', 'list', 'books', ...at])).out).toBe('')
})

test.each([
  [[], 'prism: create or list or delete is missing. Usage: prism snapshot create|list|delete COLLECTION [NAME]\n'],
  [['make', 'books'], 'prism: cannot make a snapshot: snapshot create|list|delete COLLECTION [NAME]\n'],
  [['creat', 'books', 'x'], 'prism: cannot creat a snapshot; did you mean create?\n'],
  [['create', 'books'], 'prism: NAME is missing. Usage: prism snapshot create|list|delete COLLECTION [NAME]\n'],
])('snapshot %j is refused', async (words, message) => {
  const data = join(await newFolder(), 'data')

  expect(await prism(['snapshot', ...words, '--data', data])).toEqual({ status: 1, out: '', err: message })
})
