import { readFileSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'

/** Messages of the error when JSON becomes longer than V8's longest string. */
const TOO_LONG = /Invalid string length|Cannot create a string longer/

/**
 * Writes a value as JSON, or in V8's own format if the JSON would be longer than the longest
 * string. Restoring V8's format is somewhat faster.
 */
export function writeSnapshot(file: string, value: unknown): void {
  try {
    writeFileSync(`${file}.json`, JSON.stringify(value))
  } catch (error) {
    if (!(error instanceof RangeError && TOO_LONG.test(error.message))) throw error
    writeFileSync(`${file}.v8`, serialize(value))
  }
}

/** Reads what {@link writeSnapshot} wrote. @param exists names of the files in the folder, which show the format */
export function readSnapshot(file: string, exists: readonly string[]): unknown {
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (exists.includes(`${name}.json`)) return JSON.parse(readFileSync(`${file}.json`, 'utf8'))
  return deserialize(readFileSync(`${file}.v8`))
}
