import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'
import { createApp } from '../../core/http/create-app.ts'
import {
  ConflictError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  open,
  type Prism,
  type SearchRequest,
  UnavailableError,
} from '../../core/open/open.ts'
import { temporaryFolder } from '../temporary-folder.ts'

type Book = { id: string; title: string; year?: number }

const BOOKS: Book[] = [
  { id: 'a/b', title: 'The Sea Wolf', year: 1904 },
  { id: 'm', title: 'Moby-Dick', year: 1851 },
  { id: '..', title: 'Weather at sea' },
]

describe.each(['in process', 'through a server'])('a collection %s', (how) => {
  let prism: Prism
  let closeAll: () => Promise<void>

  beforeAll(async () => {
    const near = await open({ data: join(await temporaryFolder(), 'data') })
    if (how === 'in process') {
      prism = near
      closeAll = () => near.close()
      return
    }
    const server = await listen(createApp(near.engine).fetch, { host: '127.0.0.1', port: 0 })
    prism = await open({ url: `${server.address}/` })
    closeAll = async () => {
      await prism.close()
      await server.close()
      await near.close()
    }
  })
  afterAll(() => closeAll())

  test('is read as a snapshot kept it', async () => {
    const books = prism.collection<Book>('kept')
    await books.add(BOOKS)
    const kept = await books.snapshot('before')
    await books.delete('m')

    expect(await books.snapshots()).toEqual([kept])
    expect(await books.get('m', { snapshot: 'before' })).toEqual(BOOKS[1])
    expect(await books.get('m', { at_version: kept.versions })).toEqual(BOOKS[1])
    expect((await books.search({ query: 'Moby', snapshot: 'before' })).hits).toHaveLength(1)
    expect((await books.list({ at_version: kept.versions })).documents).toHaveLength(3)
    expect(await books.get('m')).toBeUndefined()
    await books.dropSnapshot('before')
    await expect(books.get('m', { snapshot: 'before' })).rejects.toThrow(NotFoundError)
  })

  test('is branched, and restored to what a snapshot kept', async () => {
    const books = prism.collection<Book>('branched')
    await books.add(BOOKS)
    await books.snapshot('before')
    await books.delete('m')
    const made = await books.branch('without')
    const older = await books.branch('with', { snapshot: 'before' })
    const restored = await books.restore({ snapshot: 'before' })

    expect([made.documents, older.documents, restored.documents]).toEqual([2, 3, 3])
    expect([made.name, restored.name]).toEqual(['without', 'branched'])
    expect(await books.get('m')).toEqual(BOOKS[1])
    expect(await prism.collection<Book>('without').get('m')).toBeUndefined()
    await expect(books.branch('with')).rejects.toMatchObject({ code: 'collection_exists' })
  })

  test('is created, described, changed and dropped', async () => {
    const one = prism.collection('one')
    const created = await one.create({ schema: { fields: { title: 'text' } }, shards: 2 })
    const updated = await one.update({ schema: { fields: { year: 'integer' } } })

    expect(created).toMatchObject({ name: 'one', shards: 2, schema_version: 1 })
    expect(updated.schema_version).toBe(2)
    expect(await one.info()).toMatchObject({ documents: 0, schema_version: 2 })
    expect((await prism.collections()).map(({ name }) => name)).toContain('one')
    expect((await prism.health()).collections).toBeGreaterThan(0)
    await one.drop()
    await expect(one.info()).rejects.toThrow(NotFoundError)
  })

  test('writes on conditions, patches and updates, and says what stood in the way', async () => {
    const books = prism.collection<Book>('conditional')
    const { version } = await books.put('m', { title: 'Moby-Dick' }, { if_absent: true })
    const conflict = await books.put('m', { title: 'Again' }, { if_absent: true }).catch((error: unknown) => error)

    expect(conflict).toBeInstanceOf(ConflictError)
    expect(conflict).toMatchObject({ code: 'version_conflict', details: { current_version: version } })
    const patched = await books.patch('m', { year: 1851 }, { if_version: version })
    expect(patched.changed).toBe(true)
    await expect(books.deleteIf('m', { if_version: version })).rejects.toThrow(ConflictError)
    expect(await books.getVersioned('m')).toEqual({
      document: { id: 'm', title: 'Moby-Dick', year: 1851 },
      version: patched.version,
    })
    await expect(books.patch('x', { year: 1 })).rejects.toThrow(NotFoundError)
    await expect(books.put('m', { title: 'x' }, { if_absent: true, if_present: true })).rejects.toMatchObject({
      code: 'invalid_condition',
    })
    const written = await books.write([{ put: { id: 'n', title: 'Sea' } }, { delete: 'm', if_absent: true }])
    expect(written.results.map(({ status }) => status)).toEqual(['created', 'failed'])
    expect((await books.add([{ id: 'o', title: 'Wind' }], { atomic: true })).indexed).toBe(1)
    expect(await books.getVersioned('nowhere')).toBeUndefined()
  })

  test('updates and deletes everything that a filter accepts, part after part', async () => {
    const numbers = prism.collection<{ id: string; n: number; seen?: boolean }>('numbers')
    await numbers.add(Array.from({ length: 6_000 }, (_, n) => ({ id: `d${n}`, n })))
    const told: number[] = []
    const updated = await numbers.updateWhere({ n: { gte: 0 } }, { seen: true }, ({ matched }) => told.push(matched))
    const deleted = await numbers.deleteWhere({ n: { gte: 10 }, seen: true })

    expect(updated).toMatchObject({ matched: 6_000, updated: 6_000, cursor: null, remaining: 0 })
    expect(told).toEqual([5_000, 6_000])
    expect(deleted.deleted).toBe(5_990)
    expect((await numbers.count({ session: deleted.session })).count).toBe(10)
  })

  test('takes documents, finds them and gives them back as they were', async () => {
    const books = prism.collection<Book>('books')
    const added = await books.add(BOOKS)
    const { hits, total, session } = await books.search({ query: 'sea', sort: ['id'] })

    expect(added).toMatchObject({ indexed: 3, failed: 0 })
    expect(hits.map(({ document }) => document)).toEqual([BOOKS[2], BOOKS[0]])
    expect(total).toBe(2)
    expect(await books.get('a/b', { session })).toEqual(BOOKS[0])
    expect(await books.getMany(['m', 'nope', '..'])).toEqual([BOOKS[1], undefined, BOOKS[2]])
    expect((await books.count({ filter: { year: { gt: 1900 } } })).count).toBe(1)
    expect(await books.put('m', { title: 'Moby-Dick', year: 1851 })).toMatchObject({ id: 'm', created: false })
    expect((await books.analyze({ language: 'english', text: 'seas' }))[0]?.term).toBe('sea')
  })

  test('lists all documents, page by page or one by one', async () => {
    const many = prism.collection<{ id: string }>('many')
    const ids = Array.from({ length: 250 }, (_, i) => String(i).padStart(3, '0'))
    const batches: number[] = []
    const outcome = await many.import(
      ids.map((id) => ({ id })),
      ({ indexed }) => batches.push(indexed),
    )
    const page = await many.list({ limit: 100 })
    const listed: string[] = []
    for await (const { id } of many.documents()) listed.push(id)

    expect(outcome).toEqual({ indexed: 250, failed: 0 })
    expect(batches).toEqual([250])
    expect(page.documents).toHaveLength(100)
    expect((await many.list({ limit: 1, cursor: page.cursor! })).documents).toEqual([{ id: '100' }])
    expect(listed).toEqual(ids)
  })

  test('imports from a generator and tells what failed by its place', async () => {
    async function* documents() {
      for (let i = 0; i < 600; i++) yield i === 500 ? { id: '' } : { id: `${i}` }
    }
    const failed: number[] = []
    const outcome = await prism
      .collection<{ id: string }>('generated')
      .import(documents(), ({ failures }) => failed.push(...failures.map(({ place }) => place)))

    expect(outcome).toEqual({ indexed: 599, failed: 1 })
    expect(failed).toEqual([500])
  })

  test('takes integers as ids, and returns the ids that it made', async () => {
    const numbered = prism.collection<{ id: string; n: number; seen?: boolean }>('numbered')
    const { ids } = await numbered.add([{ id: 1, n: 1 }, { id: '2', n: 2 }, { n: 3 }])
    await numbered.put(4, { id: 4, n: 4 })
    await numbered.patch(1, { seen: true })
    await numbered.write([{ put: { id: 5, n: 5 } }, { patch: { seen: true }, id: 5 }, { delete: 2 }])
    const imported = await numbered.import([{ id: 6, n: 6 }])

    expect(ids).toEqual(['1', '2', expect.stringMatching(/^[0-9a-z]{26}$/)])
    expect(imported).toEqual({ indexed: 1, failed: 0 })
    expect(await numbered.get(ids[2]!)).toEqual({ id: ids[2], n: 3 })
    expect(await numbered.getMany([1, 2, '4', 5])).toEqual([
      { id: '1', n: 1, seen: true },
      undefined,
      { id: '4', n: 4 },
      { id: '5', n: 5, seen: true },
    ])
    expect((await numbered.getVersioned(6))?.document).toEqual({ id: '6', n: 6 })
    expect((await numbered.delete(1)).deleted).toBe(1)
    expect((await numbered.delete([4, '5', 9])).deleted).toBe(2)
    expect((await numbered.deleteIf(6, { if_present: true })).deleted).toBe(1)
    await expect(numbered.get(1.5)).rejects.toThrow(
      'ids[0]: expected a string or an integer of at most 53 bits, got 1.5',
    )
    await expect(numbered.put(2 ** 53, { n: 1 })).rejects.toThrow(InvalidRequestError)
  })

  test('throws why if no document of a batch could be indexed, and returns the failures if some were', async () => {
    const refusing = prism.collection<{ id: string; n?: number }>('refusing')
    await refusing.create({ schema: { fields: { n: 'integer' } } })
    const bad = Array.from({ length: 12 }, (_, i) => (i === 0 ? { id: '' } : { id: `d${i}`, n: 0.5 }))
    const added = await refusing.add(bad).catch((error: unknown) => error)
    const imported = await refusing.import(bad).catch((error: unknown) => error)
    const one = await refusing.add([{ id: '' }]).catch((error: unknown) => error)

    expect(added).toBeInstanceOf(InvalidRequestError)
    expect(added).toMatchObject({
      code: 'nothing_indexed',
      message: expect.stringMatching(
        /^none of 12 documents was indexed: document 0, "": .*empty.*; document 1, "d1": .*; and 9 more$/,
      ),
      details: { failed: 12, errors: bad.slice(0, 10).map((_, position) => expect.objectContaining({ position })) },
    })
    expect(imported).toMatchObject({ code: 'nothing_indexed', message: (added as Error).message })
    expect(one).toMatchObject({ message: expect.stringMatching(/^the document was not indexed: document 0, "": /) })
    expect(
      await refusing.add([
        { id: 'ok', n: 1 },
        { id: 'd', n: 0.5 },
      ]),
    ).toMatchObject({
      indexed: 1,
      failed: 1,
      errors: [{ position: 1, id: 'd' }],
      ids: ['ok', null],
    })
    expect(await refusing.add([])).toMatchObject({ indexed: 0, failed: 0, ids: [] })
    expect(await refusing.import([])).toEqual({ indexed: 0, failed: 0 })
  })

  test('deletes by id and by filter', async () => {
    const gone = prism.collection('gone')
    await gone.add([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 3 },
      { id: '..', n: 4 },
    ])

    expect((await gone.delete('..')).deleted).toBe(1)
    expect((await gone.delete(['a', 'x'])).deleted).toBe(1)
    expect((await gone.deleteWhere({ n: { gt: 2 } })).deleted).toBe(1)
    expect((await gone.list()).documents).toEqual([{ id: 'b', n: 2 }])
  })

  test('fails with the same classes and codes', async () => {
    await prism.collection('taken').create()
    const taken = prism.collection('taken')

    await expect(taken.create()).rejects.toThrow(ConflictError)
    await expect(prism.collection('nope').search()).rejects.toMatchObject({
      name: 'NotFoundError',
      code: 'collection_not_found',
    })
    await expect(prism.collection('Bad Name').create()).rejects.toThrow(InvalidRequestError)
    await expect(taken.search({ query: '(sea' })).rejects.toMatchObject({
      code: 'invalid_query',
      details: { position: 4 },
    })
    await expect(taken.search({ limit: 5_000 })).rejects.toThrow(LimitExceededError)
    await expect(taken.search({ limit: -1 })).rejects.toThrow(InvalidRequestError)
    await expect(taken.add(Array.from({ length: 10_001 }, (_, i) => ({ id: `${i}` })))).rejects.toThrow(
      LimitExceededError,
    )
  })

  test('refuses what it does not know, though no compiler did', async () => {
    const books = prism.collection('books')

    await expect(books.search({ qeury: 'sea' } as SearchRequest)).rejects.toThrow('did you mean "query"?')
    await expect(books.count({ aggs: {} } as SearchRequest)).rejects.toMatchObject({ code: 'not_supported' })
  })

  test('warns of a field in include that no document has', async () => {
    const books = prism.collection<Book>('projected')
    await books.add(BOOKS)

    expect((await books.search({ include: ['titel'], limit: 0 })).warnings).toEqual([
      { code: 'unknown_field', message: 'include: no field named "titel", did you mean "title"?' },
    ])
  })

  test('wants no more shards than there are', async () => {
    const books = prism.collection('three')
    const tooMany = { min_successful_shards: 4 }
    const expected = 'expected at most 3, the number of shards of the collection, got 4'
    await books.create({ shards: 3, settings: { min_successful_shards: 3 } })

    expect((await books.search({ min_successful_shards: 3 })).shards.successful).toBe(3)
    for (const refusal of [books.search(tooMany), books.count(tooMany)]) {
      await expect(refusal).rejects.toMatchObject({
        code: 'invalid_request',
        message: `min_successful_shards: ${expected}`,
      })
    }
    const settings = `settings.min_successful_shards: ${expected}`
    await expect(books.update({ settings: tooMany })).rejects.toThrow(settings)
    await expect(prism.collection('four').create({ shards: 3, settings: tooMany })).rejects.toThrow(settings)
    await expect(prism.collection('four').info()).rejects.toThrow(NotFoundError)
  })

  test('takes a batch as a list only, and says so', async () => {
    const books = prism.collection<Book>('listed')

    await expect(books.add(BOOKS[0] as never)).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'documents: expected a list of documents, got an object',
    })
    await expect(books.write({ put: BOOKS[0] } as never)).rejects.toThrow('operations: expected a list, got an object')
    await expect(books.write([BOOKS[0]] as never)).rejects.toThrow(
      'operations[0]: expected an object with "put" or "patch" or "delete", got an object with "id", "title", "year"',
    )
    await expect(books.write([{ put: { id: 'a' }, delete: 'a' }] as never)).rejects.toThrow(
      'operations[0]: "delete" does not go with the other members',
    )
    await expect(books.info()).rejects.toThrow(NotFoundError)
  })
})

describe('open', () => {
  test('wants exactly one place', async () => {
    await expect(open({} as { url: string })).rejects.toThrow('got none of them')
    await expect(open({ data: 'x', url: 'http://h' } as { url: string })).rejects.toThrow('got data and url')
    await expect(open({ url: 'ftp://h' })).rejects.toThrow('http://127.0.0.1:3080')
  })

  test('a server that is not there is unavailable, whatever is asked of it', async () => {
    const server = await listen(() => new Response(), { host: '127.0.0.1', port: 0 })
    await server.close()
    const nobody = await open({ url: server.address })

    await expect(nobody.collections()).rejects.toThrow(UnavailableError)
    await expect(nobody.collection('c').put('a', {})).rejects.toThrow(UnavailableError)
  })
})
