import { afterAll, beforeAll, expect } from 'vitest'
import { describeApi } from '../http/api/describe-api.ts'
import type { FunctionHost } from '../lambda/host/function-host.ts'
import { type Platform, startPlatform } from './deployed.ts'

export type FunctionsUnderTest = {
  /** The number of shards of a new collection that does not specify one. */
  readonly shardsDefault: number
  /** `gateway`: an HTTP API. `url`: the function URL that streams its answers. */
  readonly front: 'gateway' | 'url'
}

/** The HTTP contract of a deployment of the bundled functions, where leaves carry out every search. */
export function describeFunctions(name: string, { shardsDefault, front }: FunctionsUnderTest): void {
  let platform: Platform | undefined
  const lines: string[] = []

  beforeAll(async () => {
    platform = await startPlatform((line) => lines.push(line))
  })

  afterAll(async () => {
    await platform?.close()
  })

  const open = async () => {
    const apiEnv = { PRISM_FAN_OUT: 'always', PRISM_SHARDS_DEFAULT: String(shardsDefault) }
    const deployment = await platform!.deploy({ apiEnv })
    const address = front === 'gateway' ? deployment.address : deployment.streamAddress
    return {
      fetch: async (path: string, init?: RequestInit) => {
        const response = await fetch(address + path, init)
        return front === 'gateway' ? response : settled(response, deployment.apiStream)
      },
      close: async () => {
        await deployment.close()
        expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
      },
    }
  }
  const paths = front === 'gateway' ? 'decoded_twice' : 'as_sent'
  describeApi(name, open, { shardsDefault, paths, largeBodies: 'platform' })
}

/**
 * Waits until no process is busy. A streamed answer arrives before its invocation ends, so the next request would reach
 * another process, whose eventual reads may be a second behind.
 */
async function settled(response: Response, host: FunctionHost): Promise<Response> {
  const body = await response.arrayBuffer()
  while (host.busyCount > 0) await new Promise((resolve) => setTimeout(resolve, 2))
  return new Response(body, response)
}
