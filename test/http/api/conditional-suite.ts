import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, newName } from './client.ts'

/** A version's form that no document's hash will ever meet. */
const NOT_THERE = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Writes that depend on what is stored. Ids are plain: what paths do to others is checked elsewhere. */
export function describeConditionalWrites(call: Call): void {
  const at = (name: string, id: string) => `/collections/${name}/documents/${id}`
  const list = (name: string) => `/collections/${name}/documents`
  const versionOf = async (name: string, id: string): Promise<string> =>
    (await call('GET', at(name, id))).headers.get('prism-version')!
  const ifMatch = (version: string) => ({ 'If-Match': `"${version}"` })

  describe('versions', () => {
    test('a document is answered with its version as ETag, and so is what wrote it', async () => {
      const name = await collectionOf(call, [])
      const put = await call('PUT', at(name, 'a'), { n: 1 })
      const got = await call('GET', at(name, 'a'))

      expect(put.body.version).toMatch(/^\S+$/)
      expect(got.headers.get('prism-version')).toBe(put.body.version)
      expect(got.headers.get('etag')).toContain(`"${put.body.version}"`)
      expect(put.headers.get('prism-version')).toBe(put.body.version)
      expect(got.body).toEqual({ id: 'a', n: 1 })
    })

    test('equal documents of one id have equal versions, others have others', async () => {
      const name = await collectionOf(call, [])
      const versions: string[] = []
      for (const n of [1, 2, 1]) versions.push((await call('PUT', at(name, 'a'), { n })).body.version)
      const other = (await call('PUT', at(name, 'b'), { n: 1 })).body.version

      expect(versions[2]).toBe(versions[0])
      expect(new Set([...versions, other]).size).toBe(3)
    })

    test('several are asked for beside the documents', async () => {
      const name = await collectionOf(call, [{ id: 'a' }, { id: 'b' }])
      const { body } = await call('POST', `${list(name)}/get`, { ids: ['b', 'x', 'a'], versions: true })

      expect(body.documents).toEqual([{ id: 'b' }, null, { id: 'a' }])
      expect(body.versions).toEqual([await versionOf(name, 'b'), null, await versionOf(name, 'a')])
    })
  })

  test('hits say their versions if asked, whatever is shown of their documents', async () => {
    const name = await collectionOf(call, [{ id: 'a', n: 1 }])
    const hitsOf = async (request: object) => (await call('POST', `/collections/${name}/search`, request)).body.hits

    const version = await versionOf(name, 'a')
    expect(await hitsOf({ versions: true })).toMatchObject([{ id: 'a', document: { n: 1 }, version }])
    expect(await hitsOf({ versions: true, include: [] })).toMatchObject([{ id: 'a', document: {}, version }])
    expect((await hitsOf({}))[0]).not.toHaveProperty('version')
  })

  describe('conditions on one document', () => {
    test('If-Match replaces only the version it names', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }])
      const first = await versionOf(name, 'a')
      const won = await call('PUT', at(name, 'a'), { n: 2 }, ifMatch(first))
      const lost = await call('PUT', at(name, 'a'), { n: 3 }, ifMatch(first))

      expect(won).toMatchObject({ status: 200, body: { created: false } })
      expectError(lost, 409, 'version_conflict', won.body.version)
      expect(lost.body.error.details).toEqual({ id: 'a', current_version: won.body.version, is_as_asked: false })
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 2 })
    })

    test('a conflict says if the document already is what was asked for', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }])
      const first = await versionOf(name, 'a')
      await call('PUT', at(name, 'a'), { n: 2 }, ifMatch(first))
      const again = await call('PUT', at(name, 'a'), { n: 2 }, ifMatch(first))

      expectError(again, 409, 'version_conflict')
      expect(again.body.error.details.is_as_asked).toBe(true)
    })

    test('If-None-Match: * makes a document once', async () => {
      const name = await collectionOf(call, [])
      const absent = { 'If-None-Match': '*' }
      const answers = [
        await call('PUT', at(name, 'a'), { n: 1 }, absent),
        await call('PUT', at(name, 'a'), { n: 2 }, absent),
      ]

      expect(answers[0]).toMatchObject({ status: 200, body: { created: true } })
      expectError(answers[1]!, 409, 'version_conflict')
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 1 })
    })

    test('If-Match: * needs a document, whatever it holds', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expect((await call('PUT', at(name, 'a'), { n: 1 }, { 'If-Match': '*' })).status).toBe(200)
      const missing = await call('PUT', at(name, 'b'), { n: 1 }, { 'If-Match': '*' })
      expectError(missing, 409, 'version_conflict')
      expect(missing.body.error.details.current_version).toBeNull()
      expectError(await call('GET', at(name, 'b')), 404)
    })

    test('a document is deleted only in the version that was named', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }])
      const first = await versionOf(name, 'a')
      await call('PUT', at(name, 'a'), { n: 2 })

      expectError(await call('DELETE', at(name, 'a'), undefined, ifMatch(first)), 409, 'version_conflict')
      const second = await versionOf(name, 'a')
      expect((await call('DELETE', at(name, 'a'), undefined, ifMatch(second))).body).toMatchObject({ deleted: 1 })
      expectError(await call('DELETE', at(name, 'a'), undefined, ifMatch(second)), 409, 'version_conflict')
    })

    test.each([
      [{ 'If-Match': 'abc' }, 'invalid_condition'],
      [{ 'If-Match': `W/"${NOT_THERE}"` }, 'invalid_condition'],
      [{ 'If-Match': `"${NOT_THERE}", "${NOT_THERE}"` }, 'invalid_condition'],
      [{ 'If-None-Match': `"${NOT_THERE}"` }, 'invalid_condition'],
      [{ 'If-None-Match': '*', 'If-Match': '*' }, 'invalid_condition'],
      [{ 'If-Match': '"short"' }, 'invalid_version'],
    ])('%j is a 400, and nothing is written', async (headers, code) => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expectError(await call('PUT', at(name, 'a'), { n: 1 }, headers as Record<string, string>), 400, code)
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a' })
    })
  })

  describe('patching', () => {
    test('members are merged, replaced and taken away as RFC 7396 says', async () => {
      const name = await collectionOf(call, [{ id: 'a', title: 'sea', tags: ['x'], at: { x: 1, y: 2 }, old: true }])
      const patch = { title: 'wind', tags: ['y', 'z'], at: { y: null, z: 3 }, old: null, new: { deep: { er: 1 } } }
      const { status, body, headers } = await call('PATCH', at(name, 'a'), patch)

      expect(status).toBe(200)
      expect(body).toMatchObject({ id: 'a', changed: true, session: expect.any(String) })
      expect(headers.get('prism-version')).toBe(body.version)
      const after = await call('GET', at(name, 'a'))
      expect(after.body).toEqual({
        id: 'a',
        title: 'wind',
        tags: ['y', 'z'],
        at: { x: 1, z: 3 },
        new: { deep: { er: 1 } },
      })
      expect(after.headers.get('prism-version')).toBe(body.version)
    })

    test('what a patch brings is found, and what it takes away is not', async () => {
      const name = await collectionOf(call, [{ id: 'a', title: 'sea', year: 1851 }])
      await call('PATCH', at(name, 'a'), { title: 'wind', kind: 'novel' })
      const found = async (request: object) =>
        (await call('POST', `/collections/${name}/count`, { consistency: 'strong', ...request })).body.count

      expect(await found({ query: 'wind' })).toBe(1)
      expect(await found({ query: 'sea' })).toBe(0)
      expect(await found({ filter: { kind: 'novel', year: 1851 } })).toBe(1)
    })

    test('a patch that changes nothing writes nothing', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }])
      const before = await versionOf(name, 'a')
      const { body } = await call('PATCH', at(name, 'a'), { n: 1, id: 'a', missing: null })

      expect(body).toMatchObject({ changed: false, version: before })
    })

    test('what is not there is a 404, and stays so', async () => {
      const name = await collectionOf(call, [])

      expectError(await call('PATCH', at(name, 'a'), { n: 1 }), 404, 'document_not_found', 'a')
      expectError(await call('PATCH', at(newName(), 'a'), { n: 1 }), 404, 'collection_not_found')
      expectError(await call('GET', at(name, 'a')), 404)
    })

    test('a patch may name the version it was made for', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }])
      const first = await versionOf(name, 'a')

      expect((await call('PATCH', at(name, 'a'), { n: 2 }, ifMatch(first))).status).toBe(200)
      expectError(await call('PATCH', at(name, 'a'), { n: 3 }, ifMatch(first)), 409, 'version_conflict')
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 2 })
    })

    test('patches of different members at the same time are all there in the end', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => call('PATCH', at(name, 'a'), { [`m${i}`]: i })),
      )

      expect(answers.map(({ status }) => status)).toEqual(new Array(20).fill(200))
      const { id: _, ...members } = (await call('GET', at(name, 'a'))).body
      expect(members).toEqual(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, i])))
    })

    test('the result has to fit the schema as any document does', async () => {
      const schema = { fields: { year: 'integer', at: 'object' }, dynamic: 'strict' }
      const name = await collectionOf(call, [{ id: 'a', year: 1 }], { schema })

      expectError(await call('PATCH', at(name, 'a'), { year: 'soon' }), 400, undefined, 'year')
      expectError(await call('PATCH', at(name, 'a'), { other: 1 }), 400, 'unknown_field')
      expectError(await call('PATCH', at(name, 'a'), { text: 'x'.repeat(1024 * 1024) }), 413, 'document_too_large')
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', year: 1 })
    })

    test('an id cannot be changed, and a patch is an object', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expectError(await call('PATCH', at(name, 'a'), { id: 'b' }), 400, 'invalid_id')
      expectError(await call('PATCH', at(name, 'a'), { id: null }), 400, 'invalid_id')
      for (const patch of ['[]', '7', 'null', '"x"', '']) expectError(await call('PATCH', at(name, 'a'), patch), 400)
    })
  })

  describe('operations', () => {
    test('are done in their order, and each is told what became of it', async () => {
      const name = await collectionOf(call, [
        { id: 'a', n: 1 },
        { id: 'b', n: 1 },
      ])
      const operations = [
        { put: { id: 'a', n: 2 } },
        { patch: { m: 1 }, id: 'a' },
        { patch: { m: 1 }, id: 'a' },
        { delete: 'b' },
        { delete: 'b' },
        { put: { id: 'b', n: 3 }, if_absent: true },
        { put: { id: 'c' } },
      ]
      const { status, body } = await call('POST', list(name), { operations })

      expect(status).toBe(200)
      expect(body).toMatchObject({ failed: 0, errors: [], session: expect.any(String) })
      expect(body.results.map((result: { status: string }) => result.status)).toEqual([
        'replaced',
        'patched',
        'unchanged',
        'deleted',
        'missing',
        'created',
        'created',
      ])
      expect(body.results[1].version).toBe(await versionOf(name, 'a'))
      expect(body.results[3].version).toBeNull()
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 2, m: 1 })
      expect((await call('GET', at(name, 'b'))).body).toEqual({ id: 'b', n: 3 })
    })

    test('one that fails fails alone and is named', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }], { shards: 3 })
      const version = await versionOf(name, 'a')
      const operations = [
        { put: { id: 'a', n: 2 }, if_absent: true },
        { put: { id: 'b' }, if_version: version },
        { put: { id: 'c' }, if_present: true },
        { patch: {}, id: 'd' },
        { put: { id: '' } },
        { put: { id: 'e' }, if_absent: true },
        { patch: { n: 5 }, id: 'a', if_version: version },
        { delete: 'a', if_version: version },
      ]
      const { status, body } = await call('POST', list(name), { operations })

      expect(status).toBe(200)
      expect(body.failed).toBe(6)
      const errors = body.errors.map((one: { position: number; error: { code: string } }) => [
        one.position,
        one.error.code,
      ])
      expect(errors).toEqual([
        [0, 'version_conflict'],
        [1, 'version_conflict'],
        [2, 'version_conflict'],
        [3, 'document_not_found'],
        [4, 'invalid_id'],
        [7, 'version_conflict'],
      ])
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 5 })
      expect((await call('POST', `/collections/${name}/count`, {})).body.count).toBe(2)
    })

    test.each([
      { put: {}, delete: 'a' },
      {},
      { patch: {} },
      { put: {}, if_absent: false },
      { put: {}, if_absent: true, if_present: true },
      { upsert: {} },
    ])('%j is a 400, and nothing is written', async (operation) => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expectError(await call('POST', list(name), { operations: [{ put: { id: 'b' } }, operation] }), 400)
      expect((await call('POST', `/collections/${name}/count`, {})).body.count).toBe(1)
    })
  })

  describe('atomic batches', () => {
    test('are in as a whole', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }], { shards: 1 })
      const { body } = await call('POST', list(name), { documents: [{ id: 'b' }, { id: 'c' }], atomic: true })
      expect(body).toMatchObject({ indexed: 2, failed: 0 })

      const moved = [
        { delete: 'a', if_present: true },
        { put: { id: 'd', n: 1 }, if_absent: true },
      ]
      expect((await call('POST', list(name), { operations: moved, atomic: true })).status).toBe(200)
      const { documents } = (await call('GET', `${list(name)}?consistency=strong`)).body
      expect(documents.map(({ id }: { id: string }) => id)).toEqual(['b', 'c', 'd'])
    })

    test('are not in at all where one condition fails', async () => {
      const name = await collectionOf(call, [{ id: 'a', n: 1 }], { shards: 1 })
      const operations = [{ put: { id: 'b' } }, { delete: 'a' }, { put: { id: 'a', n: 2 }, if_version: NOT_THERE }]
      const answer = await call('POST', list(name), { operations, atomic: true })

      expectError(answer, 409, 'version_conflict', 'nothing was written')
      expect(answer.body.error.details).toMatchObject({ position: 2, id: 'a' })
      expect((await call('GET', `${list(name)}?consistency=strong`)).body.documents).toEqual([{ id: 'a', n: 1 }])
    })

    test('are not in at all where one document is bad, and add no field', async () => {
      const name = await collectionOf(call, [{ id: 'a' }], { shards: 1 })
      const answer = await call('POST', list(name), { documents: [{ id: 'b', fresh: 1 }, { id: 7.5 }], atomic: true })

      expectError(answer, 400, 'invalid_id')
      expect(answer.body.error.details.position).toBe(1)
      expect((await call('GET', `/collections/${name}`)).body).toMatchObject({ documents: 1, schema: { fields: {} } })
    })

    test('that belong to several shards are refused', async () => {
      const name = await collectionOf(call, [], { shards: 4 })
      const documents = Array.from({ length: 50 }, (_, i) => ({ id: `${i}` }))

      expectError(await call('POST', list(name), { documents, atomic: true }), 400, 'not_atomic', /shard/)
      expect((await call('POST', `/collections/${name}/count`, {})).body.count).toBe(0)
    })
  })
}
