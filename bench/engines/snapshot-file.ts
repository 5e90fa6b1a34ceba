import { readFileSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'

/** V8's longest string, in characters: what a peer that serialises to JSON can hold at most. */
const TOO_LONG = /Invalid string length|Cannot create a string longer/

/**
 * Writes a value as JSON, or, where that would be longer than a string can be,
 * in V8's own format. Restoring the second is somewhat faster.
 */
export function writeSnapshot(file: string, value: unknown): void {
  try {
    writeFileSync(`${file}.json`, JSON.stringify(value))
  } catch (error) {
    if (!(error instanceof RangeError && TOO_LONG.test(error.message))) throw error
    writeFileSync(`${file}.v8`, serialize(value))
  }
}

/** @param exists names of the files in the folder, to tell the two forms apart */
export function readSnapshot(file: string, exists: readonly string[]): unknown {
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (exists.includes(`${name}.json`)) return JSON.parse(readFileSync(`${file}.json`, 'utf8'))
  return deserialize(readFileSync(`${file}.v8`))
}
