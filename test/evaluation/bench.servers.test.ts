import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readTables, type Table } from './markdown-tables.ts'
import { isLeftOut, requireTestData } from './test-data.ts'

const ROOT = new URL('../..', import.meta.url).pathname

/** Queries of the text benchmark, by kind. */
const KINDS = 15
const CORPORA = 2

// Nothing is measured here: benchmarks that nobody runs rot. Each has to print every figure that it promises.
describe.skipIf(isLeftOut())('the benchmarks still run', () => {
  test('text', async () => {
    const tables = await bench('text', '--engines=prism')

    const warm = tables.filter(({ title }) => /^### Warm, .*: p50/.test(title))
    expect(warm).toHaveLength(4 * CORPORA)
    for (const { title, rows } of warm) expect(rows, title).toHaveLength(KINDS)
    expectFigures(warm, /^prism$/)
    const indexing = tables.filter(({ title }) => title.startsWith('## '))
    expect(indexing).toHaveLength(CORPORA)
    expectFigures(indexing, /^(?!engine$)/)
    const matches = tables.filter(({ title }) => title.startsWith('### Share'))
    expect(matches).toHaveLength(CORPORA)
    expectFigures(matches, /^(term_\w+|or|and|prefix|fuzzy)$/)
  })

  test('cold', async () => {
    const tables = await bench('cold', '--engines=prism')

    expect(tables.map(({ rows }) => rows.length)).toEqual([4 * 12])
    expectFigures(tables, /^(rounds|requests|KB|row reads|ms)$/)
  })

  test('write', async () => {
    const [imports, acknowledged] = await bench('write', '--engines=prism')

    expect(imports!.rows).toHaveLength(CORPORA)
    expectFigures([imports!], /^(?!prism import$)/)
    expect(acknowledged!.rows).toHaveLength(4)
    expectFigures([acknowledged!], /^(documents\/s|p50 ms|p99 ms)$/)
    expect(cellsOf(acknowledged!, /^refused$/)).toEqual(['0', '0', '0', '0'])
  })

  test('updates', async () => {
    const [targets, phases] = await bench('updates', '--engines=prism')

    const measured = new Map(targets!.rows.map(([name, figure]) => [name!.cell, figure!.cell]))
    expect(measured.get('queries answered differently from fresh of the last documents')).toMatch(/^0 of [1-9]/)
    expect(measured.get('failures in the background')).toBe('0')
    expect(phases!.rows.length).toBeGreaterThan(1)
    expectFigures([phases!], /^(updates\/s|stored MB|p50)/)
  })

  test('cold-start', async () => {
    const [bundles, searches] = await bench('cold-start')

    expect(bundles!.rows).toHaveLength(5)
    expectFigures([bundles!], /^(?!function$)/)
    const layouts = new Set(cellsOf(searches!, /^layout$/))
    expect(layouts).toContain('16 shards, 4 leaves')
    expect(searches!.rows).toHaveLength(4 * layouts.size)
    expectFigures([searches!], /^(ms|invocations|\$ a million)$/)
  })

  // The benchmark ends with status 1 if a request gets no answer or an internal error.
  test('hostile', async () => {
    const [requests] = await bench('hostile', '--engines=prism')

    expect(requests!.rows.length).toBeGreaterThanOrEqual(40)
    expect(cellsOf(requests!, /ends$/).filter((ends) => !/^\d/.test(ends))).toEqual([])
    expectFigures([requests!], /^(\d+: )?(s|RSS MB)$/)
  })
})

/** Runs a benchmark at its smallest; its peers are not part of the project's installation. */
async function bench(script: string, ...words: string[]): Promise<Table[]> {
  const env = { ...process.env, PRISM_TEST_DATA: requireTestData() }
  const cache = await mkdtemp(join(tmpdir(), 'prism-bench-'))
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'bench/run.ts', script, '--tiny', `--cache=${cache}`, ...words],
      { cwd: ROOT, env, maxBuffer: 1 << 24 },
    )
    return readTables(stdout)
  } finally {
    await rm(cache, { recursive: true })
  }
}

function cellsOf({ rows }: Table, column: RegExp): string[] {
  return rows.flatMap((row) => row.filter((one) => column.test(one.column)).map(({ cell }) => cell))
}

/** Every number in the cells of the columns is there, and above zero. */
function expectFigures(tables: readonly Table[], column: RegExp): void {
  for (const table of tables) {
    const cells = cellsOf(table, column)
    expect(cells.length, table.title).toBeGreaterThan(0)
    expect(
      cells.filter((cell) => !isFigure(cell)),
      `cells without a figure, ${table.title}`,
    ).toEqual([])
  }
}

function isFigure(cell: string): boolean {
  return cell.split(' / ').every((number) => /^[\d.]+$/.test(number) && Number(number) > 0)
}
