import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

afterAll(async () => {
  // Some may still be written to by what a test left running; those stay.
  await Promise.allSettled(made.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })))
})

/** A new empty folder that is gone after the tests of the file that asked for it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prism-test-'))
  made.push(folder)
  return folder
}
