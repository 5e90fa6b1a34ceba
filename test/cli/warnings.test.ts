import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, prism } from './terminal.ts'

/** A name that no field can have, so the document is kept and a warning says so. */
const ODD = '{"a.":"x"}'

test('import, update and search print each warning of their answer as one line of standard error', async () => {
  const data = join(await newFolder(), 'data')
  const imported = await prism(['import', 'books', '-', '--data', data], { input: `{"id":"1","n":1,${ODD.slice(1)}` })
  const updated = await prism(['update', 'books', '--filter', '{}', '--patch', ODD.replace('x', 'y'), '--data', data])
  const searched = await prism(['search', 'books', 'AC/DC: live', '--data', data])

  for (const { status, err } of [imported, updated, searched]) {
    expect(status).toBe(0)
    expect(err).toMatch(/^warning: [^\n]+\n$/)
  }
  expect(updated.out).toMatch(/^updated 1 document of books in /)
  expect(searched.out).not.toContain('warning')
})

test('with --json the warnings are in the answer, and standard error is empty', async () => {
  const data = join(await newFolder(), 'data')
  const imported = await prism(['import', 'books', '-', '--json', '--data', data], { input: ODD })
  const words = ['update', 'books', '--filter', '{}', '--patch', ODD.replace('x', 'y'), '--json', '--data', data]
  const updated = await prism(words)
  const searched = await prism(['search', 'books', 'AC/DC: live', '--json', '--data', data])

  for (const { err, out } of [imported, updated, searched])
    expect([err, JSON.parse(out).warnings.length]).toEqual(['', 1])
})

test('of many warnings the first twenty are shown, and a line says that there are more', async () => {
  const data = join(await newFolder(), 'data')
  const { err } = await prism(['import', 'books', '-', '--data', data], { input: `${ODD}\n`.repeat(50) })
  const lines = err.trim().split('\n')

  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('… and more warnings')
})
