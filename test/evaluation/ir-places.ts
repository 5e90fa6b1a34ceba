import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const CLI = new URL('../../cli/prism.ts', import.meta.url).pathname

/** Where data can lie, as the command line and the library are told of it. */
export type Place = {
  readonly name: string
  /** Options of the command line. */
  readonly options: readonly string[]
  /** Environment of the command line. */
  readonly environment: Readonly<Record<string, string>>
}

/** Runs `prism` in a process of its own; a status other than 0 is an error that shows what it wrote. */
export async function runCli(place: Place, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', CLI, ...words, ...place.options], {
    env: { ...process.env, ...place.environment },
    maxBuffer: 1 << 26,
  })
  return stdout
}

/** Imports documents by the command line, from a file of JSON Lines. */
export async function importByCli(place: Place, collection: string, documents: readonly object[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'prism-ir-'))
  try {
    const file = join(folder, 'documents.jsonl')
    await writeFile(file, documents.map((document) => `${JSON.stringify(document)}\n`).join(''))
    await runCli(place, ['import', collection, file])
  } finally {
    await rm(folder, { recursive: true })
  }
}
