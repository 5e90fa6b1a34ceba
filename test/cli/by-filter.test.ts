import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { file, newFolder, prism } from './terminal.ts'

/** More than one request works through. */
const MANY = 6_000

describe('update', () => {
  test('changes what the filter accepts and says how many that were', async () => {
    const data = await folderOf([
      { id: 'a', year: 1851 },
      { id: 'b', year: 1904 },
      { id: 'c', year: 1820, era: 'old' },
    ])
    const words = ['update', 'books', '--filter', '{"year":{"lt":1900}}', '--patch', '{"era":"old"}', '--data', data]
    const { status, out, err } = await prism(words)
    const found = await prism(['search', 'books', 'era:old', '--json', '--data', data])

    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(/^updated 1 document of books, 1 were so already in /)
    expect(
      JSON.parse(found.out)
        .hits.map((hit: { id: string }) => hit.id)
        .sort(),
    ).toEqual(['a', 'c'])
  })

  test('interrupted, it says how to go on, and that brings the rest', async () => {
    const data = await folderOf(Array.from({ length: MANY }, (_, n) => ({ id: `d${n}`, n })))
    const words = ['update', 'books', '--filter', '{"n":{"gte":0}}', '--patch', `{"by":"it's me"}`, '--data', data]
    const interrupted = await prism(words, { signal: AbortSignal.abort() })
    const [, command, cursor] = /^to go on: (prism update .*) --cursor (\S+)$/m.exec(interrupted.err)!
    const rest = await prism([...words, '--cursor', cursor!])

    expect(interrupted.status).toBe(1)
    expect(interrupted.out).toMatch(/^updated 5,000 documents of books in /)
    expect(interrupted.err).toContain('interrupted with 1,000 documents left')
    expect(command).toBe(
      `prism update books --filter '{"n":{"gte":0}}' --patch '{"by":"it'\\''s me"}' --data '${data}'`,
    )
    expect(rest.status).toBe(0)
    expect(rest.out).toMatch(/^updated 1,000 documents of books in /)
    const again = await prism([...words, '--json'])
    expect(JSON.parse(again.out)).toMatchObject({ matched: MANY, updated: 0, unchanged: MANY, cursor: null })
  })

  test('documents that the patch does not fit are named, and the status is 1', async () => {
    const folder = await newFolder()
    const schema = await file(folder, 'schema.json', '{"fields":{"n":"integer"},"dynamic":"strict"}')
    const data = await folderOf([{ id: 'a', n: 1 }], ['--schema', schema])
    const words = ['update', 'books', '--filter', '{}', '--patch', '{"n":"x"}', '--data', data]
    const { status, out, err } = await prism(words)

    expect(status).toBe(1)
    expect(out).toContain('updated 0 documents')
    expect(err).toMatch(/^a: .*integer/)
    expect(err).toContain('1 document failed')
  })

  test.each([
    [['--patch', '{}'], '--filter JSON is missing'],
    [['--filter', '{}'], '--patch JSON is missing'],
    [['--filter', '[]', '--patch', '{}'], '--filter must be a JSON object'],
    [['--filter', '{', '--patch', '{}'], '--filter is not valid JSON'],
    [['--filter', '{"x":1}', '--patch', '{}'], 'no field named "x"'],
  ])('%j is refused', async (more, message) => {
    const data = await folderOf([{ id: 'a' }])
    const { status, err } = await prism(['update', 'books', ...more, '--data', data])

    expect(status).toBe(1)
    expect(err).toContain(message)
  })
})

test('delete takes a filter, and leaves the collection and the rest', async () => {
  const data = await folderOf([
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
    { id: 'c', n: 3 },
  ])
  const { status, out } = await prism(['delete', 'books', '--filter', '{"n":{"gt":1}}', '--data', data])
  const left = await prism(['search', 'books', '*', '--json', '--data', data])

  expect(status).toBe(0)
  expect(out).toMatch(/^deleted 2 documents of books in /)
  expect(JSON.parse(left.out).hits.map((hit: { id: string }) => hit.id)).toEqual(['a'])
})

async function folderOf(documents: readonly object[], more: readonly string[] = []): Promise<string> {
  const folder = await newFolder()
  const data = join(folder, 'data')
  const lines = documents.map((document) => JSON.stringify(document)).join('\n')
  const { err } = await prism(['import', 'books', await file(folder, 'b.jsonl', lines), '--data', data, ...more])
  expect(err).toBe('')
  return data
}
