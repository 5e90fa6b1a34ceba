import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openInput } from '../../cli/input/open-input.ts'
import type { Terminal } from '../../cli/terminal/command.ts'
import { file, newFolder, prism } from './terminal.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
/** Longer than two chunks. A chunk ends inside a character, because the size of a chunk is no multiple of three. */
const LONG = '€'.repeat(200_000)

describe('a file that is not UTF-8 is refused, and nothing of it is written', () => {
  test.each([
    [
      'latin.csv',
      latin1('id,name\n1,Bo\n2,Zoë\n'),
      'byte 0xEB in line 3; it may be ISO-8859-1 (Latin-1)',
      'ISO-8859-1',
    ],
    [
      'latin.jsonl',
      latin1('{"id":"1"}\n{"id":"2","name":"Zoë"}\n'),
      'byte 0xEB in line 2; it may be ISO-8859-1 (Latin-1)',
      'ISO-8859-1',
    ],
    [
      'latin.json',
      latin1('[{"id":"1","name":"Zoë"}]'),
      'byte 0xEB in line 1; it may be ISO-8859-1 (Latin-1)',
      'ISO-8859-1',
    ],
    ['latin.csv.gz', gzipSync(latin1('id\nZoë')), 'byte 0xEB in line 2; it may be ISO-8859-1 (Latin-1)', 'ISO-8859-1'],
    [
      'windows.csv',
      Buffer.from('id,name\n1,it\x92s\n', 'latin1'),
      'byte 0x92 in line 2; it may be WINDOWS-1252',
      'WINDOWS-1252',
    ],
    ['marked.csv', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('id\n1\n')]), 'it looks like UTF-16LE', 'UTF-16LE'],
    [
      'marked.jsonl',
      Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('{"id":"1"}')]),
      'it looks like UTF-16LE',
      'UTF-16LE',
    ],
    [
      'big.csv',
      Buffer.concat([Buffer.from([0xfe, 0xff]), utf16('id\n1\n').swap16()]),
      'it looks like UTF-16BE',
      'UTF-16BE',
    ],
    ['unmarked.csv', utf16('id\n1\n'), 'it looks like UTF-16LE', 'UTF-16LE'],
    [
      'cut.csv',
      Buffer.from('id,name\n1,€').subarray(0, -1),
      'byte 0xE2 in line 2; it may be WINDOWS-1252',
      'WINDOWS-1252',
    ],
  ])('%s', async (name, content, found, encoding) => {
    const folder = await newFolder()
    const path = await file(folder, name, content)
    const { status, out, err } = await prism(['import', 'books', path, '--data', `${folder}/data`])

    expect([status, out]).toEqual([1, ''])
    const option = encoding === 'ISO-8859-1' ? 'latin1' : encoding.toLowerCase()
    expect(err).toBe(`prism: ${path} is not UTF-8: ${found}; import it with --encoding ${option}\n`)
    expect((await prism(['inspect', 'books', '--data', `${folder}/data`])).err).toContain('no collection named "books"')
  })

  test('standard input', async () => {
    const { err } = await prism(['import', 'books', '-', '--data', await newFolder()], { input: latin1('{"a":"ë"}') })

    expect(err).toMatch(/^prism: standard input is not UTF-8: /)
  })

  test('a file that is no text', async () => {
    const path = await file(await newFolder(), 'books.xlsx', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff, 0xe0]))

    expect((await prism(['import', 'books', path, '--data', await newFolder()])).err).toBe(
      `prism: ${path} is not a text file\n`,
    )
  })
})

describe('an input', () => {
  test('is passed on whole, wherever its chunks divide a character', async () => {
    for (const before of ['', 'b', 'bb']) {
      const text = before + LONG
      const input = await openInput(await file(await newFolder(), 'long.txt', text), terminal(), () => {})

      const chunks: Uint8Array[] = []
      for await (const chunk of input.chunks()) chunks.push(chunk)

      expect(Buffer.concat(chunks).toString() === text).toBe(true)
    }
  })

  test('that is packed ends without an error when it is interrupted', async () => {
    const stop = new AbortController()
    const lines = Array.from({ length: 200_000 }, (_, i) => `${Math.sin(i)}\n`).join('')
    const path = await file(await newFolder(), 'long.gz', gzipSync(lines))
    let byteSize = 0
    for await (const chunk of (await openInput(path, terminal(stop.signal), () => {})).chunks()) {
      byteSize += chunk.length
      stop.abort()
    }

    expect(byteSize).toBeGreaterThan(0)
    expect(byteSize).toBeLessThan(lines.length)
  })
})

function terminal(signal = new AbortController().signal): Terminal {
  return { signal } as Terminal
}
