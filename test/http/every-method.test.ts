import { afterAll, describe, expect, test } from 'vitest'
import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { InvalidRequestError } from '../../core/errors.ts'
import { bindCollection } from '../../core/open/collection.ts'
import { open } from '../../core/open/open.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'

const engine = openMemoryEngine()
/** Nobody listens there: what the client refuses by itself is refused before anything is sent. */
const remote = openRemoteEngine({ url: 'http://127.0.0.1:1' })
const NAME = 'books'
await engine.writeDocuments(NAME, [{ id: '1', title: 'sea' }])

afterAll(() => engine.close())

/** Every method with arguments, and a valid call of each. */
const CALLS = {
  createCollection: ['new', {}],
  listCollections: [{}, {}],
  getCollection: [NAME],
  updateCollection: [NAME, {}],
  deleteCollection: [NAME],
  analyze: [NAME, { text: 'sea' }],
  compact: [NAME, () => {}],
  inspect: [{}],
  writeDocuments: [NAME, [], {}],
  writeOperations: [NAME, [], {}],
  createUpload: [NAME, { bytes: 1, format: 'json' }],
  readUpload: [NAME, 'upload', 1],
  putDocument: [NAME, '1', {}, {}],
  patchDocument: [NAME, '1', {}, {}],
  deleteDocument: [NAME, '1', {}],
  deleteDocuments: [NAME, { ids: [] }],
  deleteByFilter: [NAME, { filter: {} }, {}],
  updateByFilter: [NAME, { filter: {}, patch: {} }, {}],
  getDocuments: [NAME, [], {}, {}],
  getVersioned: [NAME, [], {}, {}],
  listDocuments: [NAME, {}, {}],
  search: [NAME, {}, {}],
  count: [NAME, {}, {}],
  createSnapshot: [NAME, 'snapshot'],
  listSnapshots: [NAME],
  deleteSnapshot: [NAME, 'snapshot'],
  branchCollection: [NAME, { name: 'branch' }],
  restoreCollection: [NAME, { snapshot: 'snapshot' }],
  scrub: [{}],
  rebuildTable: [{}],
  collectGarbage: [{}, () => {}],
} as const satisfies Partial<Record<keyof Engine, readonly unknown[]>>

const WITHOUT_ARGUMENTS = ['health', 'lead', 'compactWanted', 'settle', 'close']
/** Arguments that are data of the user, whose members are free. */
const DATA = ['putDocument 2', 'patchDocument 2']

type Method = keyof typeof CALLS
type WrongCall = readonly [method: Method, argument: number, wrong: unknown, code: string]

/** Each call with one argument made wrong, in each way that is wrong whatever the argument means. */
const WRONG: readonly WrongCall[] = Object.entries(CALLS).flatMap(([name, args]) =>
  (args as readonly unknown[]).flatMap((argument, i): WrongCall[] => {
    const method = name as Method
    if (method === 'readUpload' && i === 2) return []
    const wrong: WrongCall[] = [[method, i, 5.5, 'invalid_request']]
    if (typeof argument === 'string') wrong.push([method, i, undefined, 'invalid_request'])
    if (i === 0 && argument === NAME) wrong.push([method, i, '', 'invalid_request'])
    if (typeof argument === 'object' && !DATA.includes(`${name} ${i}`) && !Array.isArray(argument)) {
      wrong.push([method, i, { ...argument, misspelt: true }, 'unknown_field'])
    }
    return wrong
  }),
)

function call(to: Engine, method: Method, argument: number, wrong: unknown): Promise<unknown> {
  const args = CALLS[method].map((valid, i) => (i === argument ? wrong : valid))
  return (to[method] as (...args: unknown[]) => Promise<unknown>)(...args)
}

describe('an engine, here and behind a server', () => {
  test('has no method whose arguments are not tested here', () => {
    expect([...Object.keys(CALLS), ...WITHOUT_ARGUMENTS].sort()).toEqual(Object.keys(engine).sort())
  })

  test.each(WRONG)('%s refuses its argument %i if it is %j', async (method, argument, wrong, code) => {
    for (const one of [engine, remote]) {
      const refusal = call(one, method, argument, wrong)
      await expect(refusal).rejects.toBeInstanceOf(InvalidRequestError)
      await expect(refusal).rejects.toMatchObject({ code })
    }
  })

  test.each([
    [{ ifversion: 'zzz' }, 'unknown_field', 'if_version'],
    [{ if_abent: true }, 'unknown_field', 'if_absent'],
    [{ ifPresent: true }, 'unknown_field', 'if_present'],
    [{ if_absent: false }, 'invalid_request', undefined],
    [{ if_version: 1 }, 'invalid_request', undefined],
    [{ if_absent: true, if_present: true }, 'invalid_condition', undefined],
  ])('writes nothing under the condition %j', async (condition, code, similar) => {
    const expected = similar === undefined ? { code } : { code, details: { similar } }
    for (const one of [engine, remote]) {
      const books = bindCollection(one, NAME)
      const given = condition as object
      const writes = [
        () => books.put('1', { title: 'changed' } as never, given),
        () => books.patch('1', { title: 'changed' } as never, given),
        () => books.deleteIf('1', given),
      ]
      for (const write of writes) await expect(write()).rejects.toMatchObject(expected)
      // Several conditions fail their operation alone.
      if (code === 'invalid_condition') continue
      const operation = { put: { id: '1', title: 'changed' }, ...given }
      await expect(books.write([operation as never])).rejects.toMatchObject({ code })
    }
    expect(await engine.getDocuments(NAME, ['1'])).toEqual([{ id: '1', title: 'sea' }])
  })

  test.each([{ atomc: true }, { idempotencykey: 'k' }])('writes no batch with the options %j', async (options) => {
    for (const one of [engine, remote]) {
      const books = bindCollection(one, NAME)
      const expected = { code: 'unknown_field' }
      await expect(books.add([{ id: '2' } as never], options as never)).rejects.toMatchObject(expected)
      await expect(books.write([{ put: { id: '2' } }], options as never)).rejects.toMatchObject(expected)
    }
    expect(await engine.getDocuments(NAME, ['2'])).toEqual([undefined])
  })

  test('imports only what can be read item by item', async () => {
    for (const wrong of [undefined, { id: '1' }, 5]) {
      await expect(bindCollection(engine, NAME).import(wrong as never)).rejects.toMatchObject({
        code: 'invalid_request',
      })
    }
  })
})

test.each([
  [undefined, 'invalid_request', /options of open/],
  [{}, 'invalid_options', /none of them/],
  [{ data: 'a', url: 'b' }, 'invalid_options', /data and url/],
  [{ dat: 'x' }, 'unknown_field', /"dat".*"data"/],
  [{ data: 5 }, 'invalid_request', /data/],
  [{ data: 'x', cachBytes: 5 }, 'unknown_field', /"cacheBytes"/],
  [{ data: 'x', cacheBytes: 'lots' }, 'invalid_request', /cacheBytes/],
  [{ data: 'x', cacheBytes: -1 }, 'invalid_request', /cacheBytes/],
  [{ data: 'x', workerCount: -1 }, 'invalid_request', /workerCount/],
  [{ data: 'x', onFailure: 'log' }, 'invalid_request', /onFailure/],
  [{ data: 'x', fanOut: { mod: 'auto' } }, 'unknown_field', /"mode"/],
  [{ data: 'x', table: 't' }, 'unknown_field', /"table"/],
  [{ bucket: 'b' }, 'invalid_request', /table/],
  [{ bucket: 'b', tabel: 't' }, 'unknown_field', /"table"/],
  [{ url: 'http://127.0.0.1:1', cacheBytes: 5 }, 'unknown_field', /"cacheBytes"/],
])('open refuses %j', async (options, code, message) => {
  await expect(open(options as never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
