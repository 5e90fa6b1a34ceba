import { afterEach, expect, test } from 'vitest'
import { type HttpServer, httpServer } from '../servers/http-server.ts'
import { prism } from './terminal.ts'

let server: HttpServer
afterEach(() => server.close())

async function answering(body: string): Promise<string> {
  server = await httpServer((_, response) => void response.end(body))
  return server.address
}

test('--header, PRISM_HEADERS and PRISM_TOKEN go to the server that --url names', async () => {
  const url = await answering('{"snapshots":[]}')
  const env = { PRISM_HEADERS: 'X-Api-Key: one\nX-Team: search', PRISM_TOKEN: 'secret' }
  const words = ['snapshot', 'list', 'books', '--url', url, '--header', 'X-Api-Key: two', '--header', 'X-Zone: a']

  expect((await prism(words, { env })).status).toBe(0)
  expect(server.arrived[0]!.headers).toMatchObject({
    authorization: 'Bearer secret',
    'x-api-key': 'two',
    'x-team': 'search',
    'x-zone': 'a',
  })
})

test('a page instead of an answer is one line', async () => {
  const url = await answering('<!doctype html><title>Sign in</title>')

  expect(await prism(['search', 'books', 'sea', '--url', url])).toEqual({
    status: 1,
    out: '',
    err: `prism: ${url} answered 200 without JSON: is it a Prism server, or does a proxy answer for it?\n`,
  })
})
