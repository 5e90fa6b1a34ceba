import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { findTestData } from '../evaluation/test-data.ts'

/** Reads a file of the real data. Returns undefined without the data, and prints that tests did not run. */
export function readSharedData(path: string): string | undefined {
  const folder = findTestData()
  if (folder === undefined) {
    process.stderr.write(`NOT RUN: ${path} is missing, set PRISM_TEST_DATA to the folder of the real data\n`)
    return undefined
  }
  const bytes = readFileSync(`${folder}/${path}`)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}
