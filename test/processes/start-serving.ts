import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Place } from './back-end.ts'
import type { WritingProcess } from './start-writing.ts'
import { documentOf, type WritingOrder } from './writing-process.ts'

/** Starts a server, and writes to it over HTTP from here until it is killed. */
export function startServing(programs: string, order: WritingOrder): WritingProcess {
  const child = spawn(
    process.execPath,
    [join(programs, 'prism.js'), 'serve', '--port', '0', ...placeArguments(order.place)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...environmentOf(order.place) },
    },
  )
  const told = { acknowledged: [] as number[], unknown: [] as number[], refused: [] as string[] }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const listening = new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = / on (http:\/\/\S+)/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    void exited.then(() => resolve(undefined))
  })
  const writing = listening.then(async (address) => {
    if (address === undefined) return
    let next = 0
    const write = async () => {
      while (child.exitCode === null && child.signalCode === null) {
        const first = next++ * order.batchSize
        await post(address, order, first).then(
          (line) => (line === undefined ? told.acknowledged.push(first) : told.refused.push(line)),
          () => told.unknown.push(first),
        )
      }
    }
    await Promise.all(Array.from({ length: order.atOnce }, write))
  })
  return {
    ...told,
    ready: listening.then(() => undefined),
    ended: Promise.all([exited, writing]).then(([code]) => code),
    kill: () => child.kill('SIGKILL'),
  }
}

/** Rejects if the connection broke: then nobody knows. @returns what was wrong, if the server said so */
async function post(
  address: string,
  { collection, mark, batchSize }: WritingOrder,
  first: number,
): Promise<string | undefined> {
  const documents = Array.from({ length: batchSize }, (_, i) => documentOf(mark, first + i))
  const response = await fetch(`${address}/collections/${collection}/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ documents }),
  })
  const answer = (await response.json()) as { indexed?: number }
  return answer.indexed === batchSize ? undefined : JSON.stringify(answer)
}

function placeArguments(place: Place): string[] {
  return place.kind === 'folder' ? ['--data', place.path] : ['--s3', place.bucket, '--table', place.table]
}

function environmentOf(place: Place): { readonly [name: string]: string } {
  if (place.kind === 'folder') return {}
  return { AWS_ENDPOINT_URL: place.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
}
