import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

afterAll(async () => {
  // Work that a test left running may still write to a folder, which then stays.
  await Promise.allSettled(made.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })))
})

/** Makes an empty folder, which is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prism-test-'))
  made.push(folder)
  return folder
}
