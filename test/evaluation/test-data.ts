import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/**
 * Where the real data lie: `PRISM_TEST_DATA`, else `shared/data` next to the
 * checkout. They are not part of the project, so they may be missing.
 *
 * @param root directory of the checkout, which may be the working directory
 */
export function findTestData(root: string = process.cwd()): string | undefined {
  if (isLeftOut()) return undefined
  const folder = process.env.PRISM_TEST_DATA ?? `${root}/../shared/data`
  return existsSync(`${folder}/ir`) ? folder : undefined
}

/** Value of `PRISM_TEST_DATA` that leaves out, on purpose, the tests that need the real data. */
const LEFT_OUT = 'none'

/** Whether tests that need the real data were left out by the person who runs them. */
export function isLeftOut(): boolean {
  return process.env.PRISM_TEST_DATA === LEFT_OUT
}

/** @throws {Error} if the real data are missing: a test that needs them and does not run must not look green */
export function requireTestData(): string {
  const data = findTestData()
  if (data !== undefined) return data
  throw new Error(
    `the real data are missing: set PRISM_TEST_DATA to their folder, or to ${LEFT_OUT} to leave out what needs them`,
  )
}

/** Reads JSON Lines, one value at a time; files ending in `.gz` are inflated. */
export async function* readJsonLines<Value>(file: string): AsyncGenerator<Value> {
  const bytes = createReadStream(file)
  const text = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield JSON.parse(line) as Value
  }
}
