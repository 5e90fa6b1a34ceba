import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { runCommandLine } from '../../cli/run-command-line.ts'
import type { Terminal } from '../../cli/terminal/command.ts'
import { explain } from '../../cli/terminal/explain.ts'
import { temporaryFolder } from '../temporary-folder.ts'

export type Run = { readonly status: number; readonly out: string; readonly err: string }

/** Runs a command line in this process; an error becomes what `prism` prints of it. */
export async function prism(
  words: readonly string[],
  more: {
    input?: string | Uint8Array
    isTerminal?: boolean
    signal?: AbortSignal
    env?: Record<string, string>
  } = {},
): Promise<Run> {
  const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const texts = [collect(out), collect(err)]
  input.end(more.input ?? '')
  if (more.isTerminal) for (const stream of [input, err]) Object.assign(stream, { isTTY: true })
  const terminal = { env: more.env ?? {}, out, err, in: input, signal: more.signal ?? new AbortController().signal }
  let status = 1
  try {
    status = await runCommandLine(words, terminal as unknown as Terminal)
  } catch (error) {
    err.write(`prism: ${explain(error)}\n`)
  }
  out.end()
  err.end()
  const [outText, errText] = await Promise.all(texts)
  return { status, out: outText!, err: errText! }
}

export async function newFolder(): Promise<string> {
  return temporaryFolder()
}

/** Writes a file into a folder and names it. */
export async function file(folder: string, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function collect(stream: PassThrough): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}
