import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/**
 * Where the real data lie: `PRISM_TEST_DATA`, else `shared/data` beside the
 * checkout. They are not part of the project, so they may be missing.
 *
 * @param root directory of the checkout, which may be the working directory
 */
export function findTestData(root: string = process.cwd()): string | undefined {
  const places = [process.env.PRISM_TEST_DATA, `${root}/../shared/data`]
  return places.find((place) => place !== undefined && existsSync(`${place}/ir`))
}

/** Reads JSON Lines, one value at a time; files ending in `.gz` are inflated. */
export async function* readJsonLines<Value>(file: string): AsyncGenerator<Value> {
  const bytes = createReadStream(file)
  const text = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield JSON.parse(line) as Value
  }
}
