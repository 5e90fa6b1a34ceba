import { join } from 'node:path'
import { expect, test } from 'vitest'
import { file, newFolder, prism } from './terminal.ts'

const TEXT = '{"id":"1","kind":"person","name":"Zoë"}\n'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

test.each([
  ['utf-16le', utf16(TEXT), 'Zoë'],
  ['UTF-16LE', utf16(`\ufeff${TEXT}`), 'Zoë'],
  ['utf-16be', utf16(`\ufeff${TEXT}`).swap16(), 'Zoë'],
  ['latin1', Buffer.from(TEXT, 'latin1'), 'Zoë'],
  ['windows-1252', Buffer.from('{"id":"1","kind":"person","name":"it\x92s \x80"}', 'latin1'), 'it’s €'],
  ['utf-8', Buffer.from(TEXT), 'Zoë'],
])('a file in %s', async (encoding, content, name) => {
  const folder = await newFolder()
  const data = join(folder, 'data')
  const path = await file(folder, 'people.jsonl', content)
  const { status, err } = await prism(['import', 'people', path, '--encoding', encoding, '--data', data])
  const found = await prism(['search', 'people', 'person', '--data', data, '--json'])

  expect([status, err]).toEqual([0, ''])
  expect(JSON.parse(found.out).hits[0].document).toEqual({ id: '1', kind: 'person', name })
})

test.each([
  ['ebcdic', '--encoding must be one of utf-8, utf-16le, utf-16be, latin1, windows-1252, got "ebcdic"'],
  ['utf-16le', 'standard input is not utf-16le: is --encoding right?'],
])('--encoding %s is refused in one line where it is not possible', async (encoding, message) => {
  const words = ['import', 'people', '-', '--encoding', encoding, '--data', await newFolder()]
  const { status, err } = await prism(words, { input: 'abc' })

  expect([status, err]).toEqual([1, `prism: ${message}\n`])
})
