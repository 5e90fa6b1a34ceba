import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'
import { FunctionHost } from './function-host.ts'
import type { FunctionSettings } from './function-settings.ts'
import type { Answer, InvocationReport, Refusal } from './invocation.ts'

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const { close } of closing.splice(0).reverse()) await close()
})

/** Closes something, such as a server, after the test. */
export function closeLater<Closable extends { close(): Promise<void> }>(closable: Closable): Closable {
  closing.push({ close: () => closable.close() })
  return closable
}

/** Deploys a module that exports `handler`; its processes end after the test. */
export async function deployHandler(
  code: string,
  settings: Partial<FunctionSettings> = {},
): Promise<{ host: FunctionHost; lines: string[]; reports: InvocationReport[] }> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'index.mjs'), code)
  const limits = { memoryMb: 256, timeoutMs: 30_000, concurrencyMax: 5 }
  const lines: string[] = []
  const reports: InvocationReport[] = []
  const host = new FunctionHost(
    { name: 'tested', folder, handler: 'index.handler', environment: {}, ...limits, ...settings },
    {
      credentials: { accessKeyId: 'local', secretAccessKey: 'secret' },
      log: (line) => lines.push(line),
      report: (report) => reports.push(report),
    },
  )
  return { host: closeLater(host), lines, reports }
}

/** The result of the function. @throws if the invocation failed */
export function readValue(answer: Answer | Refusal): unknown {
  if (answer.kind !== 'payload') throw new Error(`no value, but ${JSON.stringify(answer)}`)
  return JSON.parse(answer.payload.toString())
}

/** Code for a handler's module: `await opened(path)` waits until a test creates the file. */
export const OPENED = `
import { existsSync } from 'node:fs'
const opened = async (gate) => {
  while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 5))
}`

export async function closedGate(): Promise<{ path: string; open: () => Promise<void> }> {
  const path = join(await temporaryFolder(), 'open')
  return { path, open: () => writeFile(path, '') }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
