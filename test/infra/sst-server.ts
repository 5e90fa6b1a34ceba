import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request of SST's components to bundle a function. */
export type Build = {
  readonly functionID: string
  readonly handler: string
  readonly links: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly properties: Readonly<Record<string, unknown>>
}

type Call = { readonly method: string; readonly params: readonly unknown[] }

/**
 * Replaces the local server of SST's command, which SST's components call over HTTP. It bundles nothing: each function
 * gets the files of `folder`.
 *
 * @returns its address, and the requested builds so far. The server stops with the process and does not keep it alive.
 */
export async function startSstServer(folder: string): Promise<{ address: string; builds: Build[] }> {
  const builds: Build[] = []
  const server = createServer(async (request, response) => {
    const { method, params } = JSON.parse(await textOf(request)) as Call
    // An idle connection would keep the process alive.
    response.setHeader('connection', 'close')
    switch (method) {
      case 'Provider.Aws.Bootstrap':
        return response.end(JSON.stringify({ result: { asset: 'sst-assets', state: 'sst-state' } }))
      case 'Runtime.Build': {
        const build = params[0] as Build
        builds.push(build)
        const handler = build.handler.split('/').at(-1)
        return response.end(JSON.stringify({ result: { handler, out: folder, errors: [], sourcemaps: [] } }))
      }
      default:
        return response.end(JSON.stringify({ error: `the stand-in for SST's server does not know ${method}` }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, builds }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
