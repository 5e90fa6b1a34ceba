import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocuments } from '../../cli/input/read-documents.ts'
import { readJsonLines } from '../../cli/input/read-json-lines.ts'
import { readJsonValues } from '../../cli/input/read-json-values.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'

const utf8 = new TextEncoder()

/** Any JSON but integers beyond 2^53, which are refused. */
const value = fc.jsonValue().filter((any) => !/\d{16}/.test(JSON.stringify(any)))

describe('JSON Lines', () => {
  test('every line is a document, with its number', async () => {
    const items = await readAll(readJsonLines(chunked('{"a":1}\n\n{"a":2}\r\n{"a":3}', 5)))

    expect(items.map(summary)).toEqual([
      [1, { a: 1 }],
      [3, { a: 2 }],
      [4, { a: 3 }],
    ])
  })

  test('a line that is no JSON costs only itself', async () => {
    const items = await readAll(readJsonLines(chunked('{"a":1}\n{"a":\n{"a":3}\n', 4)))

    expect(items.map(summary)).toEqual([
      [1, { a: 1 }],
      [2, 'bad_json'],
      [3, { a: 3 }],
    ])
  })

  test('however the bytes arrive, the documents are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 64 }), async (values, size) => {
        const items = await readAll(
          readJsonLines(chunked(values.map((value) => `${JSON.stringify(value)}\n`).join(''), size)),
        )

        expect(items.map(documentOf)).toEqual(values.map(normalized))
      }),
    )
  })

  test('a file without an end of line is refused before it fills the memory', async () => {
    const endless = async function* () {
      for (;;) yield new Uint8Array(1024 * 1024).fill(0x20)
    }

    await expect(readAll(readJsonLines(endless()))).rejects.toThrow(/line 1 has more than/)
  })
})

describe('JSON', () => {
  test('a list is read element by element, each with the line it begins on', async () => {
    const items = await readAll(readJsonValues(chunked('[\n {"a": "]},\\"["},\n\n {"b": [1, {}]} ]\n', 3)))

    expect(items.map(summary)).toEqual([
      [2, { a: ']},"[' }],
      [4, { b: [1, {}] }],
    ])
  })

  test('values may follow one another without a list', async () => {
    const items = await readAll(readJsonValues(chunked('{"a":1}\n{\n"a":2}{"a":3}', 2)))

    expect(items.map(summary)).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
      [3, { a: 3 }],
    ])
  })

  test('however the bytes arrive, the documents are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 64 }), fc.nat(4), async (values, size, space) => {
        const items = await readAll(readJsonValues(chunked(JSON.stringify(values, undefined, space), size)))

        expect(items.map(documentOf)).toEqual(values.map(normalized))
      }),
    )
  })

  test.each([
    ['[{"a":1}', [{ a: 1 }, 'bad_json']],
    ['[{"a":1} {"a":2}]', [{ a: 1 }, 'bad_json', { a: 2 }]],
    ['[{"a":1},,{"a":2}]', [{ a: 1 }, 'bad_json', { a: 2 }]],
    ['[{"a":1}] {"b":1}', [{ a: 1 }, 'bad_json', { b: 1 }]],
    ['[{"a":nope},{"a":2}]', ['bad_json', { a: 2 }]],
    ['{"a":', ['bad_json']],
    ['', []],
    ['[]', []],
    ['[1,2]', [1, 2]],
  ])('%s', async (text, expected) => {
    const items = await readAll(readJsonValues(chunked(text, 3)))

    expect(items.map((item) => summary(item)[1])).toEqual(expected)
  })
})

describe('documents of any format', () => {
  const input = (name: string, text: string) => ({ name, byteSize: undefined, chunks: () => chunked(text, 9) })
  const options = {
    format: undefined,
    delimiter: undefined,
    idField: undefined,
    types: new Map<string, string>(),
    onNote: () => undefined,
  }
  const read = async (name: string, text: string, rest = {}) =>
    (await readAll(readDocuments(input(name, text), { ...options, ...rest }))).map(summary)

  test('the name tells the format, else the first byte does', async () => {
    expect(await read('a.csv', 'a\n1\n')).toEqual([[2, { a: 1 }]])
    expect(await read('a.tsv.gz', 'a\tb\n1\t2\n')).toEqual([[2, { a: 1, b: 2 }]])
    expect(await read('a.json', '{\n"a":1}')).toEqual([[1, { a: 1 }]])
    expect(await read('standard input', ' \n [{"a":1}]')).toEqual([[2, { a: 1 }]])
    expect(await read('standard input', '{"a":1}\n{"a":2}')).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
    ])
    expect(await read('a.txt', 'a\n1\n', { format: 'csv' })).toEqual([[2, { a: 1 }]])
  })

  test('Parquet says that it is not supported', async () => {
    await expect(read('a.parquet', '')).rejects.toThrow('Parquet is not supported')
  })

  test('another field can become the id', async () => {
    expect(await read('a.jsonl', '{"_id":"x","t":1}\n{"_id":7}\n{"t":1}\n{"_id":[1]}', { idField: '_id' })).toEqual([
      [1, { id: 'x', t: 1 }],
      [2, { id: '7' }],
      [3, 'invalid_id'],
      [4, 'invalid_id'],
    ])
  })

  test('a number that becomes the id is an integer, or is kept as a table has it', async () => {
    expect(await read('a.jsonl', '{"v":1.5}\n{"v":-2}', { idField: 'v' })).toEqual([
      [1, 'invalid_id'],
      [2, { id: '-2' }],
    ])
    expect(await read('a.csv', 'v,n\n1.50,1\n2.0,2\n', { idField: 'v' })).toEqual([
      [2, { id: '1.50', n: 1 }],
      [3, { id: '2.0', n: 2 }],
    ])
  })
})

async function readAll(chunks: AsyncIterable<ImportItem[]>): Promise<ImportItem[]> {
  const items: ImportItem[] = []
  for await (const some of chunks) items.push(...some)
  return items
}

async function* chunked(content: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? utf8.encode(content) : content
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

function summary(item: ImportItem): [number, unknown] {
  return [item.place, 'error' in item ? item.error.code : item.document]
}

function documentOf(item: ImportItem): unknown {
  return 'error' in item ? item.error.message : item.document
}

/** As JSON keeps it: -0 is 0. */
function normalized(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
