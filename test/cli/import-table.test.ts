import { join } from 'node:path'
import { expect, test } from 'vitest'
import { file, newFolder, prism } from './terminal.ts'

test('a table with a bad row and without a name of a column: what is said, and what is written', async () => {
  const folder = await newFolder()
  const path = await file(folder, 'books.csv', ';title\n1;Fog\n2;"Sea\n3;Rain\n')
  const { status, out, err } = await prism(['import', 'books', path, '--data', join(folder, 'data')])

  expect(status).toBe(1)
  expect(out).toMatch(/^2 documents into books/)
  expect(err.split('\n')).toEqual([
    `warning: ${path}: cells are taken as separated by ";"; --delimiter says otherwise`,
    `warning: ${path}: column 1 has no name: it is imported as "column_1"`,
    `${path}:3: a quote is not closed, or a quote inside a quoted cell is not doubled`,
    '1 document failed',
    '',
  ])
})

test('--delimiter makes standard input a table', async () => {
  const words = ['import', 'books', '-', '--delimiter', 'tab', '--data', join(await newFolder(), 'data')]
  const { out, err } = await prism(words, { input: 'id\ttitle\n1\tFog\n' })

  expect(err).toBe('')
  expect(out).toMatch(/^1 document into books/)
})

test('a delimiter of two characters is refused', async () => {
  const { status, err } = await prism(['import', 'books', '-', '--delimiter', ';;', '--data', await newFolder()])

  expect(status).toBe(1)
  expect(err).toBe('prism: --delimiter must be one character other than a quote, or tab, got ";;"\n')
})
