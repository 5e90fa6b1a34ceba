import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../core/random.ts'
import type { ServerProcess } from './server-process.ts'

export const COLLECTION = 'soak'

/** `refused`: certainly not done, nor will be. `unknown`: the connection broke, or the server says that it cannot tell. */
export type Asked =
  | { readonly outcome: 'done'; readonly body: Body; readonly version: string | undefined; readonly server: string }
  | { readonly outcome: 'refused'; readonly status: number; readonly body: Body; readonly server: string }
  | { readonly outcome: 'unknown'; readonly server: string }

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what is done with them.
export type Body = any

export type Ask = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Asked>

/** Asks any server that is there, each time another. @param onDefect told of each 500 */
export function askAny(servers: readonly ServerProcess[], random: Random, onDefect: (what: string) => void): Ask {
  return async (method, path, body, headers = {}) => {
    const server = await pick(servers, random)
    try {
      const response = await fetch(`${server}/collections/${COLLECTION}${path}`, {
        method,
        headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as Body
      if (response.ok) {
        return { outcome: 'done', body: answer, version: response.headers.get('prism-version') ?? undefined, server }
      }
      if (response.status === 500) onDefect(`${method} ${path}: 500 ${JSON.stringify(answer)}`)
      if (answer.error.code === 'outcome_unknown') return { outcome: 'unknown', server }
      return { outcome: 'refused', status: response.status, body: answer, server }
    } catch {
      return { outcome: 'unknown', server }
    }
  }
}

async function pick(servers: readonly ServerProcess[], random: Random): Promise<string> {
  for (;;) {
    const there = servers.flatMap(({ address }) => address ?? [])
    if (there.length > 0) return there[Math.floor(random.number() * there.length)]!
    await sleep(50)
  }
}
