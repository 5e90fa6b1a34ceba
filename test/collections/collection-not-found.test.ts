import { expect, test } from 'vitest'
import { collectionNotFound } from '../../core/collections/collection-not-found.ts'
import { nameKey } from '../../core/collections/collection-rows.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'

test('a misspelt collection has the nearest name, in the message and in the details', async () => {
  expect(await collectionNotFound(await tableOf('boats', 'books', 'films'), 'boks')).toMatchObject({
    code: 'collection_not_found',
    message: 'no collection named "boks", did you mean "books"?',
    details: { similar: 'books' },
  })
})

test('nothing is suggested that is not near, nor the name itself while its collection is being made', async () => {
  for (const name of ['weather', 'films']) {
    const error = await collectionNotFound(await tableOf('books', 'films'), name)
    expect(error).toMatchObject({ message: `no collection named "${name}"`, details: {} })
  }
})

test('one page of names is read, however many there are', async () => {
  const numbers = Array.from({ length: 1001 }, (_, number) => `name-${1000 + number}`)
  const table = await tableOf(...numbers)
  let read = 0
  const query: typeof table.query = async function* (...words) {
    for await (const row of MemoryCoordination.prototype.query.apply(table, words)) {
      read++
      yield row
    }
  }

  await collectionNotFound(Object.assign(table, { query }), 'other')
  expect(read).toBe(1000)
})

test('a table that does not answer costs only the suggestion', async () => {
  const table = await tableOf('books')
  const query = () => {
    throw new Error('away')
  }

  expect((await collectionNotFound(Object.assign(table, { query }), 'boks')).message).toBe('no collection named "boks"')
})

async function tableOf(...names: string[]): Promise<MemoryCoordination> {
  const table = new MemoryCoordination()
  for (const name of names) await table.write(nameKey(name), { set: { uid: name } }, [])
  return table
}
