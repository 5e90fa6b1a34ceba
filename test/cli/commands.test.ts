import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'
import { createApp } from '../../core/http/create-app.ts'
import { openFolder } from '../../core/open/open-folder.ts'
import { file, newFolder, prism } from './terminal.ts'

const BOOKS = [
  { id: '1', title: 'The Sea Wolf', text: 'A captain hunts seals at sea', year: 1904 },
  { id: '2', title: 'Moby-Dick', text: 'A captain hunts a whale', year: 1851 },
  { id: '3', title: 'Weather', text: 'Wind and waves' },
]
const LINES = BOOKS.map((book) => JSON.stringify(book)).join('\n')

describe('import', () => {
  test.each([
    ['books.jsonl', LINES],
    ['books.jsonl.gz', gzipSync(LINES)],
    ['books.json', JSON.stringify(BOOKS, undefined, 2)],
    [
      'books.csv',
      'id,title,text,year\n1,The Sea Wolf,A captain hunts seals at sea,1904\n2,Moby-Dick,A captain hunts a whale,1851\n3,Weather,Wind and waves,\n',
    ],
  ])('%s', async (name, content) => {
    const folder = await newFolder()
    const data = join(folder, 'data')
    const { status, out, err } = await prism(['import', 'books', await file(folder, name, content), '--data', data])
    const found = await prism(['search', 'books', 'captain', '--sort=year', '--data', data, '--json'])

    expect(err).toBe('')
    expect(status).toBe(0)
    expect(out).toMatch(/^3 documents into books in .* documents\/s/)
    expect(JSON.parse(found.out).hits.map((hit: { document: object }) => hit.document)).toEqual([BOOKS[1], BOOKS[0]])
  })

  test('standard input, several files, and the outcome as JSON', async () => {
    const folder = await newFolder()
    const data = join(folder, 'data')
    const more = await file(folder, 'more.jsonl', '{"id":"4"}')
    const { status, out } = await prism(['import', 'books', '-', more, '--json', '--data', data], { input: LINES })

    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      collection: 'books',
      indexed: 4,
      failed: 0,
      errors: [],
      interrupted: false,
    })
  })

  test('documents that fail are named by file and line, the rest is in, and the status is 1', async () => {
    const folder = await newFolder()
    const data = join(folder, 'data')
    const name = await file(folder, 'bad.jsonl', '{"id":"1"}\n{"id":\n\n{"id":2.5}\n{"id":"3"}\n[1]\n')
    const { status, out, err } = await prism(['import', 'books', name, '--data', data])
    const lines = err.trim().split('\n')

    expect(status).toBe(1)
    expect(out).toContain('2 documents into books')
    expect(lines.slice(0, 3).map((line) => line.split(': ')[0])).toEqual([`${name}:2`, `${name}:4`, `${name}:6`])
    expect(lines[3]).toBe('3 documents failed')
  })

  test('of many failures the first are shown and all are counted', async () => {
    const folder = await newFolder()
    const name = await file(folder, 'bad.jsonl', '{\n'.repeat(500))
    const { err } = await prism(['import', 'books', name, '--data', join(folder, 'data')])

    expect(err).toContain('… and 480 more')
    expect(err).toContain('500 documents failed')
  })

  test('another field becomes the id, and a schema and shards are taken for a new collection', async () => {
    const folder = await newFolder()
    const data = join(folder, 'data')
    const schema = await file(folder, 'schema.json', '{"fields":{"n":"integer"},"dynamic":false}')
    const name = await file(folder, 'n.jsonl', '{"key":7,"n":1}\n{"key":"x","n":2}')
    const words = ['import', 'numbers', name, '--id', 'key', '--schema', schema, '--shards', '3', '--data', data]

    expect((await prism(words)).status).toBe(0)
    const { out } = await prism(['inspect', 'numbers', '--json', '--data', data])
    expect(JSON.parse(out)).toMatchObject({
      documents: 2,
      schema: { dynamic: false, fields: { n: expect.anything() } },
      shards: [{}, {}, {}],
    })
    const again = await prism(words)
    expect(again.status).toBe(1)
    expect(again.err).toContain('numbers exists already')
  })

  test('a cut-off gzip file is an error that says how many documents are in', async () => {
    const folder = await newFolder()
    const lines = Array.from({ length: 50_000 }, (_, i) => `{"id":"${i}","n":${Math.sin(i)}}\n`).join('')
    const name = await file(folder, 'cut.jsonl.gz', gzipSync(lines).subarray(0, 400_000))
    const { status, err } = await prism(['import', 'books', name, '--data', join(folder, 'data')])

    expect(status).toBe(1)
    expect(err).toMatch(/cut\.jsonl\.gz is damaged or cut off/)
  })

  test.each([
    [['import', 'books'], 'FILE is missing. Usage: prism import COLLECTION FILE…'],
    [['import', 'books', '/'], '/ is a folder'],
    [['import', 'books', 'x.parquet'], 'Parquet is not supported'],
    [['import', 'books', '-', '--format', 'xml'], '--format must be one of jsonl, json, csv, tsv'],
    [['import', 'Bad Name', '-'], 'Bad Name'],
  ])('%j is refused in one line', async (words, message) => {
    const data = join(await newFolder(), 'data')
    const { status, err } = await prism([...words, '--data', data], { input: '{}' })

    expect(status).toBe(1)
    expect(err).toContain(message)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('on a folder', () => {
  let data: string
  beforeAll(async () => {
    data = join(await newFolder(), 'data')
    await prism(['import', 'books', '-', '--data', data], { input: LINES })
  })

  test('search shows hits for people, without colours where there is no terminal', async () => {
    const { status, out } = await prism(['search', 'books', 'sea captain', '--data', data])

    expect(status).toBe(0)
    expect(out).toMatch(/^1\. The Sea Wolf {2}\d+\.\d\d {2}1\n {3}text: A captain hunts seals at sea\n/)
    expect(out).toMatch(/2 hits in \d+\.\d ms \(\d+ requests?, .*\)\n$/)
    expect(out.includes('\u001b')).toBe(false)
  })

  test('search takes a page, fields, a filter and an order', async () => {
    const ids = async (...words: string[]) => {
      const { out } = await prism(['search', 'books', ...words, '--json', '--data', data])
      return JSON.parse(out).hits.map((hit: { id: string }) => hit.id)
    }

    expect(await ids('*', '--limit', '1', '--offset', '1')).toEqual(['2'])
    expect(await ids('*', '--sort=-year')).toEqual(['1', '2', '3'])
    expect(await ids('*', '--filter', '{"year":{"lt":1900}}')).toEqual(['2'])
    expect(await ids('sea', '--fields', 'title')).toEqual(['1'])
    expect(await ids('captain whale', '--and')).toEqual(['2'])
  })

  test('what a document holds cannot steer the terminal', async () => {
    await prism(['import', 'evil', '-', '--data', data], {
      input: '{"id":"\\u001b[2J","title":"a\\u001b]0;x\\u0007b\\nc"}',
    })
    const { out } = await prism(['search', 'evil', '*', '--data', data])

    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(out).toContain('1. a ]0;x b c')
  })

  test('inspect shows collections, shards, segments and sections', async () => {
    const facts = async (...words: string[]) =>
      JSON.parse((await prism(['inspect', ...words, '--json', '--data', data])).out)
    const shard = await facts('books', '0')

    expect((await facts()).collections.map((one: { name: string }) => one.name)).toContain('books')
    expect(await facts('books')).toMatchObject({ documents: 3, shards: [{ shard: 0, version: expect.any(Number) }] })
    expect(shard.segments[0]).toMatchObject({ documents: 3 })
    expect(JSON.stringify(await facts('books', '0', shard.segments[0].segment))).toMatch(/sections/)
    expect((await prism(['inspect', 'books', '--data', data])).out).toMatch(/documents +3\n/)
  })

  test('inspect of what is not there is an error', async () => {
    for (const words of [['nope'], ['books', '1'], ['books', 'x'], ['books', '0', 'nope']]) {
      const { status, err } = await prism(['inspect', ...words, '--data', data])
      expect([status, err.split('\n').length]).toEqual([1, 2])
    }
  })

  test('scrub finds nothing wrong, then names each damage in a line and ends with status 1', async () => {
    const data = join(await newFolder(), 'data')
    await prism(['import', 'books', '-', '--data', data], { input: LINES })
    const sound = await prism(['scrub', '--data', data])
    expect(sound.out).toMatch(/^no damage: 1 collection, 1 shard, 1 segment, 3 documents, .* in /)
    expect(sound.status).toBe(0)

    const [name] = (await readdir(join(data, 'objects'), { recursive: true })).filter((one) => one.endsWith('.seg'))
    const path = join(data, 'objects', name!)
    const bytes = await readFile(path)
    bytes[12]! ^= 1
    await writeFile(path, bytes)
    const { status, out } = await prism(['scrub', 'books', '--data', data])
    expect(status).toBe(1)
    expect(out).toMatch(
      /^books shard 0: c\/.*\.seg: ids: found crc32 [0-9a-f]{8}, expected crc32 [0-9a-f]{8}\n1 damage: /,
    )
    const quick = await prism(['scrub', '--quick', '--json', '--data', data])
    expect(JSON.parse(quick.out)).toMatchObject({ damage_count: 0, stopped: false, documents: 3 })
    expect((await prism(['scrub', 'nothing', '--data', data])).err).toContain('no collection named "nothing"')
  })

  test('rebuild-table restores what a folder lost, tells first what it would do, and refuses a table that is not lost', async () => {
    const data = join(await newFolder(), 'data')
    await prism(['import', 'books', '-', '--data', data], { input: LINES })
    const before = await prism(['search', 'books', 'captain', '--data', data, '--json'])
    const refused = await prism(['rebuild-table', '--data', data])
    expect(refused).toMatchObject({ status: 1, out: '' })
    expect(refused.err).toContain('the table holds the collections "books": it is not lost')

    await rm(join(data, 'coordination'), { recursive: true })
    const dry = await prism(['rebuild-table', '--dry-run', '--data', data])
    expect(dry.out).toMatch(/^books: 3 documents in 1 shard\nwould restore 1 collection in .*; nothing was written\n$/)
    expect((await prism(['search', 'books', 'captain', '--data', data])).err).toContain('no collection named "books"')
    const { status, out } = await prism(['rebuild-table', '--data', data, '--json'])
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      dry_run: false,
      collections: [{ name: 'books', documents: 3 }],
      skipped: [],
    })

    const after = await prism(['search', 'books', 'captain', '--data', data, '--json'])
    expect(JSON.parse(after.out).hits).toEqual(JSON.parse(before.out).hits)
    expect((await prism(['scrub', '--data', data])).status).toBe(0)
  })

  test('compact leaves one segment without deleted documents', async () => {
    await prism(['import', 'two', '-', '--data', data], { input: '{"id":"a"}\n{"id":"b"}' })
    await prism(['import', 'two', '-', '--data', data], { input: '{"id":"a","new":true}' })
    const { status, out } = await prism(['compact', 'two', '--data', data])
    const { out: facts } = await prism(['inspect', 'two', '--json', '--data', data])

    expect(status).toBe(0)
    expect(out).toMatch(/^shard 0: \d segments? to 1, /)
    expect(JSON.parse(facts)).toMatchObject({ documents: 2, deleted: 0, segments: 1 })
  })

  test('words of a search without quotes are one query', async () => {
    const hitsOf = async (...words: string[]) => {
      const { out } = await prism(['search', 'books', ...words, '--and', '--json', '--data', data])
      return JSON.parse(out).hits
    }

    expect(await hitsOf('captain', 'whale')).toHaveLength(1)
    expect(await hitsOf('captain', 'whale')).toEqual(await hitsOf('captain whale'))
  })

  test('a misspelt collection is answered with the nearest name', async () => {
    expect((await prism(['search', 'boks', 'sea', '--data', data])).err).toBe(
      'prism: no collection named "boks", did you mean "books"?\n',
    )
  })

  test('delete asks nobody where nobody could answer', async () => {
    await prism(['import', 'gone', '-', '--data', data], { input: '{"id":"a"}' })
    const { status, out } = await prism(['delete', 'gone', '--data', data])

    expect(status).toBe(0)
    expect(out).toContain('deleted gone with 1 document in ')
    expect((await prism(['delete', 'gone', '--data', data])).err).toContain('no collection named "gone"')
  })

  test('a query that cannot be parsed is one line with the place', async () => {
    const { status, err } = await prism(['search', 'books', '(sea', '--data', data])

    expect(status).toBe(1)
    expect(err).toMatch(/^prism: query: .*position \d+\n$/)
  })
})

describe('through a server', () => {
  test('import, search, inspect and delete say the same as on the folder', async () => {
    const engine = await openFolder(join(await newFolder(), 'data'))
    const server = await listen(createApp(engine).fetch, { host: '127.0.0.1', port: 0 })
    const at = ['--url', server.address]
    try {
      expect((await prism(['import', 'books', '-', ...at], { input: `${LINES}\n{` })).err).toMatch(
        /^standard input:4: /,
      )
      expect((await prism(['search', 'books', 'whale', ...at])).out).toMatch(/^1\. Moby-Dick/)
      expect(JSON.parse((await prism(['inspect', 'books', '--json', ...at])).out)).toMatchObject({ documents: 3 })
      expect((await prism(['inspect', 'books', '0', ...at])).err).toContain('not through a server')
      expect((await prism(['compact', 'books', ...at])).err).toContain('unknown option --url')
      expect((await prism(['search', 'nope', 'x', ...at])).err).toBe('prism: no collection named "nope"\n')
      expect((await prism(['delete', 'books', ...at])).status).toBe(0)
    } finally {
      await server.close()
      await engine.close()
    }
  })

  test('no server is one clear line', async () => {
    const { status, err } = await prism(['search', 'books', 'x', '--url', 'http://127.0.0.1:1'])

    expect(status).toBe(1)
    expect(err).toMatch(/^prism: no answer from http:\/\/127\.0\.0\.1:1: .*\n$/)
  })
})

describe('help', () => {
  test('every command has a page with its options and examples', async () => {
    const { out } = await prism(['--help'])
    const commands = Array.from(out.matchAll(/^ {2}([a-z-]+) {2,}/gm), ([, name]) => name!)

    expect(commands).toEqual([
      'serve',
      'import',
      'search',
      'inspect',
      'compact',
      'gc',
      'snapshot',
      'branch',
      'restore',
      'scrub',
      'rebuild-table',
      'update',
      'delete',
    ])
    for (const command of commands) {
      const page = await prism([command, '--help'])
      expect(page.out).toMatch(
        new RegExp(`^usage: prism ${command}[\\s\\S]*options:[\\s\\S]*--help[\\s\\S]*examples:\n  prism ${command}`),
      )
      expect((await prism(['help', command])).out).toBe(page.out)
    }
  })

  test('an unknown command says what was probably meant', async () => {
    expect((await prism(['serch'])).err).toBe('prism: unknown command "serch"; did you mean search?\n')
  })

  test('the version is told', async () => {
    expect((await prism(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
