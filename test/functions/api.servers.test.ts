import { afterAll, beforeAll, describe, expect } from 'vitest'
import { describeApi } from '../http/api/describe-api.ts'
import type { FunctionHost } from '../lambda/host/function-host.ts'
import type { Deployment } from '../lambda/start-deployment.ts'
import { type Platform, startPlatform } from './deployed.ts'

let platform: Platform | undefined
const lines: string[] = []

beforeAll(async () => {
  platform = await startPlatform((line) => lines.push(line))
})

afterAll(async () => {
  await platform?.close()
})

describe('bundled functions, every search by way of leaves', () => {
  for (const shardsDefault of [1, 16]) {
    const front = { shardsDefault, paths: 'decoded_twice', largeBodies: 'platform' } as const
    describeApi(`${shardsDefault} shards to a collection, an HTTP API`, () => open(shardsDefault, 'address'), front)
  }
  const front = { shardsDefault: 16, largeBodies: 'platform' } as const
  describeApi('16 shards to a collection, a function URL that streams', () => open(16, 'streamAddress'), front)
})

/**
 * A streamed answer is there before its invocation is over, and whoever asks next
 * meets another process, whose eventual reads may be a second behind: the suite asks one process at a time.
 */
async function settled(response: Response, host: FunctionHost): Promise<Response> {
  const body = await response.arrayBuffer()
  while (host.busyCount > 0) await new Promise((resolve) => setTimeout(resolve, 2))
  return new Response(body, response)
}

async function open(shardsDefault: number, which: 'address' | 'streamAddress') {
  const apiEnv = { PRISM_FAN_OUT: 'always', PRISM_SHARDS_DEFAULT: String(shardsDefault) }
  const deployment: Deployment = await platform!.deploy({ apiEnv })
  const from = lines.length
  return {
    fetch: async (path: string, init?: RequestInit) => {
      const response = await fetch(deployment[which] + path, init)
      return which === 'address' ? response : settled(response, deployment.apiStream)
    },
    close: async () => {
      await deployment.close()
      expect(lines.slice(from).filter((line) => line.includes('"level":"error"'))).toEqual([])
    },
  }
}
