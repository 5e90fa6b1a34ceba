import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCsv } from '../../cli/input/read-csv.ts'
import { LINE_BYTES_MAX } from '../../cli/input/read-json-lines.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'

const utf8 = new TextEncoder()

describe('a table', () => {
  test('the first row names the columns; cells may be quoted', async () => {
    expect(await read('id,title,n\r\n1,"Sea, and ""wind""\nand rain",3\r\n2,Fog,4\r\n')).toEqual([
      [2, { id: '1', title: 'Sea, and "wind"\nand rain', n: 3 }],
      [4, { id: '2', title: 'Fog', n: 4 }],
    ])
  })

  test('a mark at the start, empty lines, and lines that end in CR', async () => {
    expect(await read('\ufeff\na,b\n\n1,2\n')).toEqual([[4, { a: 1, b: 2 }]])
    expect(await read('a,b\r1,"x\ry"\r3,z')).toEqual([
      [2, { a: 1, b: 'x\ry' }],
      [4, { a: 3, b: 'z' }],
    ])
  })

  test('no rows, or nothing at all', async () => {
    expect(await read('a,b\n')).toEqual([])
    expect(await read('')).toEqual([])
  })

  test('columns are numbers or booleans where every cell is one', async () => {
    const [, first] = (await read('a,b,c,d,e\n1.5,true,007,9007199254740993,\n-2,false,8,1,\n'))[0]!

    expect(first).toEqual({ a: 1.5, b: true, c: '007', d: '9007199254740993' })
  })

  test('a field that the collection has decides for itself', async () => {
    const types = new Map([
      ['zip', 'keyword'],
      ['n', 'integer'],
      ['f', 'float'],
      ['at', 'date'],
      ['b', 'boolean'],
    ])

    expect(await read('zip,n,f,at,b\n12345,7,1,1577934245000,true\n', { types })).toEqual([
      [2, { zip: '12345', n: '7', f: 1, at: 1_577_934_245_000, b: true }],
    ])
  })

  test('however it is quoted and divided into chunks, it is what csv-parse reads', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '"', ',', ';', '\n', '\r\n'), maxLength: 6 })
    const tables = fc
      .integer({ min: 2, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
      )
    const types = new Map(['a', 'b', 'c', 'd'].map((name) => [name, 'keyword']))
    await fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        const names = ['a', 'b', 'c', 'd'].slice(0, rows[0]!.length)
        const text = [names, ...rows.map((row) => row.map(quoted))].map((row) => `${row.join(',')}\n`).join('')
        const expected = (parse(text, { columns: true }) as Record<string, string>[]).map((row) =>
          Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')),
        )

        expect((await read(text, { types, delimiter: ',' }, size)).map(([, document]) => document)).toEqual(expected)
      }),
    )
  })
})

describe('a bad row is named once, and the others are read', () => {
  test('too many or too few cells', async () => {
    expect(await read('a,b\n1,2\n3\n4,5,6\n7,8\n')).toEqual([
      [2, { a: 1, b: 2 }],
      [3, 'malformed_csv'],
      [4, 'malformed_csv'],
      [5, { a: 7, b: 8 }],
    ])
  })

  const BAD = {
    'a quote that is not closed': 'x,"open',
    'a quote that is not closed, in the last but one cell': '"open,x',
    'a quote that is not doubled': 'x,"the "sea" of"',
    'a cell too many': 'x,y,z',
  }
  const GOOD = 10_000
  test.each(Object.entries(BAD).flatMap(([what, row]) => [0, 4_999, GOOD].map((at) => [what, at, row] as const)))(
    '%s, after %i good rows',
    async (_, at, row) => {
      const lines = Array.from({ length: GOOD }, (_, i) => (i % 3 === 0 ? `${i},"sea, ""fog"""` : `${i},fog`))
      lines.splice(at, 0, row)
      const items = await read(`n,text\n${lines.join('\n')}\n`, {}, 65_536)

      expect(items.filter(([, found]) => typeof found === 'string')).toEqual([[at + 2, 'malformed_csv']])
      expect(items).toHaveLength(GOOD + 1)
      expect(items.at(at === 0 ? 1 : 0)).toEqual([at === 0 ? 3 : 2, { n: 0, text: 'sea, "fog"' }])
    },
  )

  test('several quotes that are not closed, one after another', async () => {
    expect(await read('a,b\n1,"x\n2,"y\n3,z\n4,"w\n')).toEqual([
      [2, 'malformed_csv'],
      [3, 'malformed_csv'],
      [4, { a: 3, b: 'z' }],
      [5, 'malformed_csv'],
    ])
  })

  test('a quote in the middle of a cell is text', async () => {
    expect(await read('a,b\n1,5" disk\n2,x\n')).toEqual([
      [2, { a: 1, b: '5" disk' }],
      [3, { a: 2, b: 'x' }],
    ])
  })

  test.each(['', '"'])('a cell over the limit, which begins with <%s>', async (quote) => {
    const long = `${quote}${'x'.repeat(LINE_BYTES_MAX + 1)}${quote}`

    expect(await read(`a,b\n1,x\n2,${long}\n3,y\n`, {}, 1024 * 1024)).toEqual([
      [2, { a: 1, b: 'x' }],
      [3, 'malformed_csv'],
      [4, { a: 3, b: 'y' }],
    ])
  })

  test('a quote that is not closed before more rows than a cell can hold', async () => {
    const rows = 3_000
    const items = await read(`a,b\n1,"open\n${`2,${'x'.repeat(10_000)}\n`.repeat(rows)}`, {}, 1024 * 1024)

    expect(items[0]).toEqual([2, 'malformed_csv'])
    expect(items).toHaveLength(rows + 1)
  })

  test('the first row: nothing can be read without it', async () => {
    await expect(read('a,"b\n1,2\n')).rejects.toThrow('t.csv:1: the names of the columns cannot be read: a quote')
  })
})

describe('names of columns', () => {
  test('a column without a name is named after its place, as the index of a pandas table', async () => {
    const notes: string[] = []

    expect(await read(',title\n0,Fog\n', { onNote: (note) => notes.push(note) })).toEqual([
      [2, { column_1: 0, title: 'Fog' }],
    ])
    expect(notes).toEqual(['column 1 has no name: it is imported as "column_1"'])
  })

  test('a name that is there twice gets a number, and never one that is taken', async () => {
    const notes: string[] = []

    expect(await read('a,a,a_2,a\n1,2,3,4\n', { onNote: (note) => notes.push(note) })).toEqual([
      [2, { a: 1, a_3: 2, a_2: 3, a_4: 4 }],
    ])
    expect(notes).toEqual([
      'column 2 has the name of an earlier one, "a": it is imported as "a_3"',
      'column 4 has the name of an earlier one, "a": it is imported as "a_4"',
    ])
  })
})

describe('what separates cells', () => {
  test.each([
    [';', '";"', 'a;b\n1;"2,5;3"\n'],
    ['\t', 'tabs', 'a\tb\n1\t"2,5;3"\n'],
    ['|', '"|"', '"a"|b\n1|2,5;3\n'],
  ])('%j is found by the first row, and said', async (_, shown, text) => {
    const notes: string[] = []

    expect(await read(text, { onNote: (note) => notes.push(note) })).toEqual([[2, { a: 1, b: '2,5;3' }]])
    expect(notes).toEqual([`cells are taken as separated by ${shown}; --delimiter says otherwise`])
  })

  test('commas in quoted names and equally many others do not count', async () => {
    const notes: string[] = []
    const onNote = (note: string) => notes.push(note)

    expect(await read('"a;b;c",d\n1,2\n', { onNote })).toEqual([[2, { 'a;b;c': 1, d: 2 }]])
    expect(await read('a;b,c\n1,2\n', { onNote })).toEqual([[2, { 'a;b': 1, c: 2 }]])
    expect(notes).toEqual([])
  })

  test('a name with a line break', async () => {
    expect(await read('"a;b\nc",d\n1,2\n')).toEqual([[3, { 'a;b\nc': 1, d: 2 }]])
  })

  test('what is given counts, without a word', async () => {
    const notes: string[] = []

    expect(await read('a;b\n1;2\n', { delimiter: ',', onNote: (note) => notes.push(note) })).toEqual([
      [2, { 'a;b': '1;2' }],
    ])
    expect(notes).toEqual([])
  })
})

describe('a table with tabs', () => {
  const readTabs = (text: string) => read(text, { usualDelimiter: '\t' })

  test('quotes that do not enclose a cell are text', async () => {
    expect(await readTabs('a\tb\tc\n1\t"Sea" wolf\t"x\n2\t5" disk\t"y\n3\t"z"\t"p ""q"""\n')).toEqual([
      [2, { a: 1, b: '"Sea" wolf', c: '"x' }],
      [3, { a: 2, b: '5" disk', c: '"y' }],
      [4, { a: 3, b: 'z', c: 'p "q"' }],
    ])
  })

  test('quotes of different rows or cells do not enclose a cell', async () => {
    expect(await readTabs('a\tb\tc\n1\t"Sea\tx\n2\tFog\ty\n3\tRain"\tz\n4\t"p\tq"\n')).toEqual([
      [2, { a: 1, b: '"Sea', c: 'x' }],
      [3, { a: 2, b: 'Fog', c: 'y' }],
      [4, { a: 3, b: 'Rain"', c: 'z' }],
      [5, { a: 4, b: '"p', c: 'q"' }],
    ])
  })

  test('a quoted cell may hold tabs or line breaks', async () => {
    expect(await readTabs('a\tb\n1\t"x\ty"\n2\t"x\ny"\n')).toEqual([
      [2, { a: 1, b: 'x\ty' }],
      [3, { a: 2, b: 'x\ny' }],
    ])
  })
})

async function read(text: string, options: Partial<Parameters<typeof readCsv>[1]> = {}, size = 7) {
  const defaults = {
    name: 't.csv',
    delimiter: undefined,
    usualDelimiter: ',',
    types: new Map(),
    onNote: () => {},
  } as const
  const found: [number, unknown][] = []
  for await (const items of readCsv(chunked(text, size), { ...defaults, ...options }))
    for (const item of items) found.push(summary(item))
  return found
}

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = utf8.encode(text)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

function summary(item: ImportItem): [number, unknown] {
  return [item.place, 'error' in item ? item.error.code : item.document]
}

function quoted(cell: string): string {
  return /["\r\n,]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell
}
