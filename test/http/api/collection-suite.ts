import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, newName } from './client.ts'
import type { Front } from './front.ts'

export function describeCollections(call: Call, { shardsDefault, paths }: Front): void {
  describe('collections', () => {
    test('a new collection is answered with 201 and everything about it', async () => {
      const name = newName()
      const schema = { fields: { title: 'text', year: 'integer' }, dynamic: 'strict', default_fields: ['title^2'] }
      const { status, body } = await call('PUT', `/collections/${name}`, { schema, shards: 2 })

      expect(status).toBe(201)
      expect(body).toMatchObject({ name, schema_version: 1, shards: 2, documents: 0, deleted: 0, segments: 0 })
      expect(body.schema).toMatchObject({ dynamic: 'strict', default_fields: ['title^2'] })
      expect(Object.keys(body.schema.fields)).toEqual(['title', 'year'])
      expect(body.bytes).toBeTypeOf('number')
      expect(new Date(body.created_at).toISOString()).toBe(body.created_at)
    })

    test('a collection needs no body: as many shards as the deployment says, dynamic fields', async () => {
      const name = newName()
      const { status, body } = await call('PUT', `/collections/${name}`)

      expect(status).toBe(201)
      expect(body).toMatchObject({ shards: shardsDefault, schema: { dynamic: true } })
    })

    test('a name that is taken is a 409, and what is there stays', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expectError(await call('PUT', `/collections/${name}`, {}), 409, undefined, name)
      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(1)
    })

    test('of many who create the same collection at once exactly one succeeds', async () => {
      const name = newName()
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => call('PUT', `/collections/${name}`, { shards: 2 })),
      )

      expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409])
    })

    test.each(['Books', 'a b', 'a%2Fb', 'é', 'x'.repeat(129), '%00', 'a.b'])('the name %j is a 400', async (name) => {
      const answer = await call('PUT', `/collections/${encodeURI(decodeURIComponent(name)).replaceAll('/', '%2F')}`)

      // Decoded, a slash is one of the path's own, and there is no such route.
      expectError(answer, name.includes('%2F') && paths === 'decoded_twice' ? 404 : 400)
    })

    test('a name may be 128 long and of letters, digits, _ and -', async () => {
      const name = `${newName()}_9-`.padEnd(128, 'z')

      expect((await call('PUT', `/collections/${name}`)).status).toBe(201)
      expect((await call('DELETE', `/collections/${name}`)).status).toBe(200)
    })

    test('the list has every collection', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])
      const { body } = await call('GET', '/collections')

      expect(body.collections.find((one: { name: string }) => one.name === name)).toMatchObject({
        documents: 1,
        shards: shardsDefault,
      })
    })

    test('a collection counts documents, segments and bytes', async () => {
      const name = await collectionOf(call, [
        { id: 'a', text: 'sea' },
        { id: 'b', text: 'wind' },
      ])
      const { body } = await call('GET', `/collections/${name}`)

      expect(body.documents).toBe(2)
      expect(body.segments).toBeGreaterThanOrEqual(1)
      expect(body.bytes).toBeGreaterThan(0)
    })

    test('what is not there is a 404 on every route', async () => {
      const at = `/collections/${newName()}`
      const answers = await Promise.all([
        call('GET', at),
        call('DELETE', at),
        call('PATCH', at, {}),
        call('POST', `${at}/search`, {}),
        call('POST', `${at}/count`, {}),
        call('POST', `${at}/analyze`, { text: 'x', field: 'title' }),
        call('GET', `${at}/documents`),
        call('GET', `${at}/documents/a`),
        call('DELETE', `${at}/documents/a`),
        call('POST', `${at}/documents/get`, { ids: ['a'] }),
        call('POST', `${at}/documents/delete`, { ids: ['a'] }),
      ])

      for (const answer of answers) expectError(answer, 404, 'collection_not_found', at.split('/')[2])
    })

    test('deleting a collection takes its documents too', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])
      const { status, body } = await call('DELETE', `/collections/${name}`)

      expect(status).toBe(200)
      expect(body).toEqual({ deleted: true })
      expectError(await call('GET', `/collections/${name}`), 404)
      await call('PUT', `/collections/${name}`)
      expect(await idsOf(call, name, { consistency: 'strong' })).toEqual([])
    })

    test('the first write makes a collection that is not there', async () => {
      const name = newName()
      const { body } = await call('POST', `/collections/${name}/documents`, [{ id: 'a', title: 'Sea' }])

      expect(body).toMatchObject({ indexed: 1, failed: 0 })
      expect(await idsOf(call, name, { query: 'sea' })).toEqual(['a'])
    })

    test('a write that is refused makes no collection', async () => {
      const name = newName()
      expectError(await call('POST', `/collections/${name}/documents`, '{"documents": [}'), 400)

      expectError(await call('GET', `/collections/${name}`), 404)
    })

    test('fields can be added, and found from then on', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { title: 'text' }, dynamic: false } })
      const { status, body } = await call('PATCH', `/collections/${name}`, { schema: { fields: { year: 'integer' } } })
      await call('POST', `/collections/${name}/documents`, [{ id: 'a', year: 1851 }])

      expect(status).toBe(200)
      expect(body.schema_version).toBe(2)
      expect(Object.keys(body.schema.fields)).toEqual(['title', 'year'])
      expect(await idsOf(call, name, { filter: { year: 1851 } })).toEqual(['a'])
    })

    test('a field cannot change its type', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { year: 'integer' } } })
      const answer = await call('PATCH', `/collections/${name}`, { schema: { fields: { year: 'text' } } })

      expect([400, 409]).toContain(answer.status)
      expectError(answer, answer.status, undefined, 'year')
      expect((await call('GET', `/collections/${name}`)).body.schema_version).toBe(1)
    })

    test('settings can be changed', async () => {
      const name = await collectionOf(call, [])
      await call('PATCH', `/collections/${name}`, { settings: { partial_results_timeout_ms: 900 } })

      expect((await call('GET', `/collections/${name}`)).body.settings).toMatchObject({
        partial_results_timeout_ms: 900,
      })
    })

    test.each([[0], [257], ['2'], [1.5]])('%j shards are refused', async (shards) => {
      const { status } = await call('PUT', `/collections/${newName()}`, { shards })

      expect([400, 413]).toContain(status)
    })

    test('a collection of several shards answers as one', async () => {
      const documents = Array.from({ length: 40 }, (_, i) => ({ id: `d${i}`, n: i, text: 'sea' }))
      const name = await collectionOf(call, documents, { shards: 4 })
      const { body } = await call('POST', `/collections/${name}/search`, { query: 'sea', sort: ['n'], limit: 40 })

      expect(body.hits.map((hit: { document: { n: number } }) => hit.document.n)).toEqual(documents.map(({ n }) => n))
      expect(body).toMatchObject({ total: 40, shards: { total: 4, successful: 4, failed: 0, failures: [] } })
      expect(body.snapshot.versions).toHaveLength(4)
    })
  })

  describe('analyze', () => {
    test('a text is shown as the words that are indexed', async () => {
      const name = await collectionOf(call, [])
      const { status, body } = await call('POST', `/collections/${name}/analyze`, {
        language: 'english',
        text: 'The Seas rising',
      })

      expect(status).toBe(200)
      expect(body.tokens.map((token: { term: string }) => token.term).slice(-2)).toEqual(['sea', 'rise'])
      expect(body.tokens.at(-1)).toMatchObject({ form: 'rising', position: 2, start: 9, end: 15, stop_word: false })
    })

    test('a field is analysed in its language', async () => {
      const schema = {
        fields: { body: { type: 'text', language: 'german' }, plain: { type: 'text', language: 'none' } },
      }
      const name = await collectionOf(call, [], { schema })
      const terms = async (field: string) =>
        (await call('POST', `/collections/${name}/analyze`, { field, text: 'Häuser' })).body.tokens[0].term

      expect(await terms('body')).toMatch(/^haus/)
      expect(await terms('plain')).toMatch(/^hauser$/)
    })

    test('an unknown language or field is a 400', async () => {
      const name = await collectionOf(call, [])

      expectError(
        await call('POST', `/collections/${name}/analyze`, { language: 'klingon', text: 'x' }),
        400,
        undefined,
        'klingon',
      )
      expectError(
        await call('POST', `/collections/${name}/analyze`, { field: 'nowhere', text: 'x' }),
        400,
        undefined,
        'nowhere',
      )
      await call('PATCH', `/collections/${name}`, { schema: { fields: { year: 'integer' } } })
      expectError(
        await call('POST', `/collections/${name}/analyze`, { field: 'year', text: 'x' }),
        400,
        'invalid_field',
        'field: expected a text field, but "year" is of type integer',
      )
      expectError(
        await call('POST', `/collections/${name}/analyze`, { field: 'year', language: 'german', text: 'x' }),
        400,
        'invalid_request',
        'a field has its own language',
      )
      expectError(await call('POST', `/collections/${name}/analyze`, { language: 'english' }), 400, undefined, 'text')
    })
  })
}
