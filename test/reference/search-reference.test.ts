import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { FILTER_OPERATORS } from '../../core/contract/filter-operators.ts'
import { searchRequest } from '../../core/contract/search-shape.ts'
import { toJsonSchema } from '../../core/contract/shape.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { PLANNED } from '../../core/planned.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { BOOKS, PLANNED_FORMS, searchReference } from './search-reference.ts'

const page = readFileSync(new URL('../../docs/search-reference.md', import.meta.url), 'utf8')

test('docs/search-reference.md is what `npm run -s docs:reference` writes', () => {
  expect(page).toBe(searchReference())
})

test('every option and every operator has a section with an example', () => {
  const { properties } = toJsonSchema(searchRequest) as { properties: object }
  const shown = examples().map(({ name }) => name)

  for (const name of [...Object.keys(properties), ...FILTER_OPERATORS, 'and', 'or', 'not', 'match', 'prefix_last'])
    expect(shown).toContain(name)
  for (const name of shown) expect(page).toMatch(new RegExp(`### \`${name}\`\\n\\n[A-Z\`].+\\.\\n\\nType: .+\\.\\n`))
})

test('every example is accepted and finds something; those of filters leave something out', async () => {
  const engine = await booksEngine()
  for (const { name, request } of examples()) {
    const { total, hits, warnings = [] } = await engine.search('books', request)
    expect({ name, warnings, found: hits.length > 0 }).toEqual({ name, warnings: [], found: true })
    if ('filter' in request) expect([name, total]).not.toEqual([name, BOOKS.length])
  }
  await engine.close()
})

test('what the page calls not supported is refused as such', async () => {
  const engine = await booksEngine()
  const conditions = Object.keys(PLANNED.filterOperators).map((name) => ({ filter: { kind: { [name]: {} } } }))
  for (const request of [...PLANNED.members.map((name) => ({ [name]: 1 })), ...PLANNED_FORMS, ...conditions]) {
    await expect(engine.search('books', request as object), JSON.stringify(request)).rejects.toMatchObject({
      code: 'not_supported',
    })
  }
  await engine.close()
})

/** The requests on the page, with the option or operator that each belongs to. */
function examples(): { readonly name: string; readonly request: object }[] {
  return Array.from(page.matchAll(/^### `(\w+)`\n[\s\S]*?```json\n([\s\S]*?)\n```/gm), ([, name, lines]) =>
    lines!.split('\n').map((line) => ({ name: name!, request: JSON.parse(line) as object })),
  ).flat()
}

/** An engine with the documents and the snapshot of the examples, just before the time that they name. */
async function booksEngine(): Promise<Engine> {
  const now = () => Date.parse('2026-03-01T11:59:00Z')
  const clock: Clock = Object.assign(Object.create(systemClock), { now })
  const engine = openMemoryEngine({ clock, store: new MemoryObjectStore(clock) })
  await engine.createCollection('books', { schema: { fields: { kind: 'keyword' } } })
  await engine.writeDocuments('books', BOOKS)
  await engine.createSnapshot('books', 'first')
  return engine
}
