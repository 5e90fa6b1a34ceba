import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { open } from '../../core/open/open.ts'
import { file, newFolder, prism } from './terminal.ts'

/** Every command that needs data to be there. */
const COMMANDS_ON_DATA = [
  ['search', 'books', 'sea'],
  ['inspect'],
  ['inspect', 'books'],
  ['compact', 'books'],
  ['gc'],
  ['snapshot', 'list', 'books'],
  ['snapshot', 'create', 'books', 'one'],
  ['snapshot', 'delete', 'books', 'one'],
  ['branch', 'books', 'more'],
  ['restore', 'books', '--snapshot', 'one'],
  ['scrub'],
  ['rebuild-table'],
  ['update', 'books', '--filter', '{}', '--patch', '{}'],
  ['delete', 'books'],
]

test.each(COMMANDS_ON_DATA)(
  '%s %s creates no folder, and puts nothing into one that is not of Prism',
  async (...words) => {
    const folder = await newFolder()
    await mkdir(join(folder, 'other'))
    for (const name of ['typo', 'other']) {
      const { status, out, err } = await prism([...words.filter(Boolean), '--data', join(folder, name)])

      expect([status, out]).toEqual([1, ''])
      expect(err).toBe(
        `prism: there are no data of Prism in ${join(folder, name)}: name their folder with --data DIR\n`,
      )
    }

    expect(await readdir(folder, { recursive: true })).toEqual(['other'])
  },
)

test.each([...COMMANDS_ON_DATA, ['import', 'books', '-'], ['serve', '--port', '0']])(
  '%s %s says of a file in the place of a folder that a folder is needed',
  async (...words) => {
    const data = await file(await newFolder(), 'notes.txt', 'hello')
    for (const place of [data, join(data, 'below')]) {
      const { status, err } = await prism([...words.filter(Boolean), '--data', place], { input: '{}' })

      expect(status).toBe(1)
      expect(err).toBe(`prism: ${place} is a file or below a file: name a folder\n`)
    }
  },
)

describe('serve', () => {
  test('refuses a file as the folder of its cache before it listens', async () => {
    const cache = await file(await newFolder(), 'notes.txt', 'hello')
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'eu-central-1' }
    const words = ['serve', '--s3', 'b', '--table', 't', '--cache', cache, '--port', '0']

    expect((await prism(words, { env, signal: AbortSignal.abort() })).err).toBe(
      `prism: ${cache} is a file or below a file: name a folder\n`,
    )
  })

  test.each(['--host', '--data', '--port', '--cache'])('%s needs a value that is not empty', async (option) => {
    expect((await prism(['serve', option, ''])).err).toMatch(
      new RegExp(`^prism: ${option} needs a value: ${option} [A-Z]+\n$`),
    )
  })
})

test.each([
  [['import', 'books', '/no/such/file.jsonl'], 'there is no file /no/such/file.jsonl'],
  [['import', 'books', ''], 'there is no file ""'],
  [['import', 'books', '-', '--schema', '/no/such/schema.json'], 'there is no file /no/such/schema.json'],
  [['import', 'books', '-', '--schema', '/'], '/ is a folder: name the files in it'],
])('%j is one line', async (words, message) => {
  const { status, err } = await prism([...words, '--data', join(await newFolder(), 'data')], { input: '{}' })

  expect([status, err]).toEqual([1, `prism: ${message}\n`])
})

test('an endpoint that is no address is refused by open', async () => {
  await expect(open({ bucket: 'b', table: 't', endpoint: 'localhost' })).rejects.toThrow(
    /endpoint: expected an address such as http:\/\/127\.0\.0\.1:4566/,
  )
})
