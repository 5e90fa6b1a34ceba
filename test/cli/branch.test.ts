import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, prism } from './terminal.ts'

test('a branch is made of what is there and of a snapshot, and a collection restored to one', async () => {
  const data = join(await newFolder(), 'data')
  const at = ['--data', data]
  const write = (name: string, id: string) =>
    prism(['import', name, '-', ...at], { input: JSON.stringify({ id, text: 'the wind' }) })
  const idsOf = async (name: string) => {
    const { out } = await prism(['search', name, '*', '--json', ...at])
    return JSON.parse(out)
      .hits.map(({ id }: { id: string }) => id)
      .sort()
  }

  await write('books', 'a')
  await prism(['snapshot', 'create', 'books', 'one', ...at])
  await write('books', 'b')
  const made = await prism(['branch', 'books', 'next', ...at])
  const older = await prism(['branch', 'books', 'older', '--snapshot', 'one', '--json', ...at])
  await write('next', 'c')
  const restored = await prism(['restore', 'books', '--snapshot', 'one', ...at])
  await prism(['gc', '--retention=0s', ...at])

  expect(made).toEqual({ status: 0, out: 'made next, a branch of books with 2 documents\n', err: '' })
  expect(JSON.parse(older.out)).toMatchObject({ name: 'older', documents: 1 })
  expect(restored).toEqual({ status: 0, out: 'restored books to one: 1 document\n', err: '' })
  expect(await Promise.all(['books', 'next', 'older'].map(idsOf))).toEqual([['a'], ['a', 'b', 'c'], ['a']])
  expect(JSON.parse((await prism(['restore', 'books', '--snapshot=one', '--json', ...at])).out)).toMatchObject({
    name: 'books',
    documents: 1,
  })
  expect((await prism(['scrub', ...at])).status).toBe(0)
})

test.each([
  [['branch', 'books'], 'prism: NEW is missing. Usage: prism branch COLLECTION NEW\n'],
  [
    ['restore', 'books'],
    'prism: --snapshot NAME or --at TIME is missing. Usage: prism restore COLLECTION --snapshot NAME|--at TIME\n',
  ],
])('%j is refused', async (words, message) => {
  const data = join(await newFolder(), 'data')

  expect(await prism([...words, '--data', data])).toEqual({ status: 1, out: '', err: message })
})
