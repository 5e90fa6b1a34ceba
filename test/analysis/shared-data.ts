import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const root = process.env.PRISM_TEST_DATA ?? new URL('../../../shared/data', import.meta.url).pathname

/** Real data that lies beside a checkout, or undefined, which is said loudly: such a test did not run. */
export function readSharedData(path: string): string | undefined {
  const file = `${root}/${path}`
  if (!existsSync(file)) {
    process.stderr.write(`SKIPPED: ${file} is missing; set PRISM_TEST_DATA to the folder that holds ${path}\n`)
    return undefined
  }
  const bytes = readFileSync(file)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}
