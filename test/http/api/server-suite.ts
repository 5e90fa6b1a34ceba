import { describe, expect, test } from 'vitest'
import { type Api, type Call, type Json, newName } from './client.ts'

/** Every route of the contract, and a path that has its shape. */
const ROUTES: readonly [method: string, template: string][] = [
  ['GET', '/'],
  ['GET', '/health'],
  ['GET', '/metrics'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['PUT', '/collections/{collection}'],
  ['GET', '/collections'],
  ['GET', '/collections/{collection}'],
  ['PATCH', '/collections/{collection}'],
  ['DELETE', '/collections/{collection}'],
  ['POST', '/collections/{collection}/analyze'],
  ['POST', '/collections/{collection}/snapshots'],
  ['GET', '/collections/{collection}/snapshots'],
  ['DELETE', '/collections/{collection}/snapshots/{snapshot}'],
  ['POST', '/collections/{collection}/branches'],
  ['POST', '/collections/{collection}/restore'],
  ['POST', '/collections/{collection}/documents'],
  ['PUT', '/collections/{collection}/documents/{id}'],
  ['GET', '/collections/{collection}/documents/{id}'],
  ['POST', '/collections/{collection}/documents/get'],
  ['GET', '/collections/{collection}/documents'],
  ['DELETE', '/collections/{collection}/documents/{id}'],
  ['PATCH', '/collections/{collection}/documents/{id}'],
  ['POST', '/collections/{collection}/documents/delete'],
  ['POST', '/collections/{collection}/documents/update'],
  ['POST', '/collections/{collection}/search'],
  ['POST', '/collections/{collection}/uploads'],
  ['GET', '/collections/{collection}/search'],
  ['POST', '/collections/{collection}/count'],
  ['POST', '/multi_search'],
]

export function describeServer(api: () => Api, call: Call): void {
  describe('server', () => {
    test('the root says who answers', async () => {
      const { status, body } = await call('GET', '/')

      expect(status).toBe(200)
      expect(body).toMatchObject({
        name: 'prism',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        tagline: expect.any(String),
      })
    })

    test('health tells the version, the collections and the uptime', async () => {
      await call('PUT', `/collections/${newName()}`)
      const { status, body } = await call('GET', '/health')

      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'ok', version: expect.any(String) })
      expect(body.collections).toBeGreaterThanOrEqual(1)
      expect(body.uptime_s).toBeGreaterThanOrEqual(0)
    })

    test('metrics count requests by route and status, not by path', async () => {
      const name = newName()
      await call('GET', `/collections/${name}`)
      const response = await api().fetch('/metrics')
      const text = await response.text()

      expect(response.headers.get('content-type')).toContain('text/plain')
      expect(text).toMatch(/prism_http_requests_total\{.*route="\/collections\/:collection".*status="404"\} \d+/)
      expect(text).not.toContain(name)
    })

    test('a search is counted with its requests and bytes', async () => {
      const read = async () =>
        Number(/^prism_searches_total (\d+)/m.exec(await (await api().fetch('/metrics')).text())?.[1])
      const name = newName()
      await call('PUT', `/collections/${name}`)
      const before = await read()
      await call('POST', `/collections/${name}/search`, {})

      expect(await read()).toBeGreaterThan(before)
    })

    test('the OpenAPI document has every route of the contract and no other', async () => {
      const { body } = await call('GET', '/openapi.json')

      expect(body.openapi).toMatch(/^3\.1\./)
      const described = Object.entries(body.paths as Record<string, Json>).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      )
      expect(described.sort()).toEqual(ROUTES.map(([method, path]) => `${method} ${path}`).sort())
    })

    test('every reference in the OpenAPI document resolves', async () => {
      const { body } = await call('GET', '/openapi.json')
      const references = JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)

      for (const [, name] of references) expect(body.components.schemas).toHaveProperty(name!)
    })

    test('the documentation page needs nothing from elsewhere', async () => {
      const response = await api().fetch('/docs')
      const page = await response.text()

      expect(response.headers.get('content-type')).toContain('text/html')
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
      expect(page).not.toMatch(/url\(|@import/)
    })

    test('HEAD answers as GET does, without a body', async () => {
      const response = await api().fetch('/health', { method: 'HEAD' })

      expect(response.status).toBe(200)
      expect(await response.text()).toBe('')
    })
  })
}
