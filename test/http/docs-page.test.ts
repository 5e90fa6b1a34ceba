import { createContext, runInContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { createApp } from '../../core/http/create-app.ts'
import { DOCS_SCRIPT } from '../../core/http/docs/docs-script.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'

const engine = openMemoryEngine()
const app = createApp(engine)

afterAll(() => engine.close())

test('the documentation page sends nothing while a part of the path is missing', async () => {
  const { sections, requests } = await openPage()
  const put = sections.find(({ attributes }) => attributes.id === 'putDocument')!
  put.children[0]!.listeners.click!()
  const [collection, id, ...headers] = put.all('input')
  const send = put.all('button').find(({ attributes }) => attributes.class === 'send')!

  expect([collection, id].map((input) => input!.required)).toEqual([true, true])
  expect(headers.filter(({ required }) => required)).toEqual([])
  await send.listeners.click!()
  expect(requests).toEqual(['/openapi.json'])
  id!.value = '1'
  await send.listeners.click!()
  expect(requests).toEqual(['/openapi.json', '/collections/books/documents/1'])
})

/** As much of a browser's element as the script of the page uses. */
class PageElement {
  readonly attributes: Record<string, string> = {}
  readonly listeners: Record<string, () => unknown> = {}
  readonly dataset: Record<string, string> = {}
  readonly children: PageElement[] = []
  name = ''
  value = ''
  textContent = ''
  required?: boolean
  readonly kind: string

  constructor(kind: string) {
    this.kind = kind
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value
    if (name === 'name') this.name = value
    if (name.startsWith('data-')) this.dataset[name.slice(5)] = value
  }
  getAttribute(name: string): string | undefined {
    return this.attributes[name]
  }
  addEventListener(name: string, listener: () => unknown): void {
    this.listeners[name] = listener
  }
  append(...children: (PageElement | string)[]): void {
    this.children.push(...children.filter((child) => child instanceof PageElement))
  }
  all(kind: string): PageElement[] {
    return this.children.flatMap((child) => [...(child.kind === kind ? [child] : []), ...child.all(kind)])
  }
  querySelectorAll(kind: string): PageElement[] {
    return this.all(kind)
  }
  querySelector(kind: string): PageElement | undefined {
    return this.all(kind)[0]
  }
  reportValidity(): boolean {
    return this.required !== true || this.value !== ''
  }
}

/** Runs the script of the page on the description of the API. Returns its sections, and the addresses that it requests. */
async function openPage() {
  const main = new PageElement('main')
  const page: Record<string, PageElement> = { main, nav: new PageElement('nav') }
  const requests: string[] = []
  const context = createContext({
    document: {
      createElement: (kind: string) => new PageElement(kind),
      querySelector: (kind: string) => page[kind],
      getElementById: () => new PageElement('p'),
    },
    localStorage: { getItem: () => null, setItem: () => undefined },
    location: { hash: '', origin: 'http://localhost' },
    addEventListener: () => undefined,
    performance,
    URLSearchParams,
    fetch: async (url: string, request?: RequestInit) => {
      requests.push(url)
      return app.request(url, request)
    },
  })
  await runInContext(`${DOCS_SCRIPT.replace(/start\(\)\s*$/, '')}\nstart()`, context)
  return { sections: main.children, requests }
}
