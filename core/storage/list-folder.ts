import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compareUtf8 } from '../utf8.ts'
import { isMissing, translateFileError } from './file-errors.ts'
import { directoriesOfPrefix, type FolderEntry, parseEntry } from './folder-path.ts'
import type { ListedObject } from './object-store.ts'

/** Files of a directory whose size and time are read concurrently. */
const FILES_AT_ONCE = 32

/**
 * Lists the objects of a folder whose keys begin with `prefix` and are above `after`, in byte order of keys. Reads the names of one
 * directory at a time, and only of directories that can contain such keys.
 */
export async function* listFolder(folder: string, prefix: string, after: string): AsyncIterable<ListedObject> {
  const { directories, keyPart } = directoriesOfPrefix(prefix)
  yield* listDirectory(join(folder, ...directories), keyPart, prefix, after)
}

async function* listDirectory(
  path: string,
  keyPart: string,
  prefix: string,
  after: string,
): AsyncIterable<ListedObject> {
  const entries = await readEntries(path, keyPart)
  const wanted = entries.filter((entry) => mayHold(entry, prefix, after))
  for (let i = 0; i < wanted.length; i += FILES_AT_ONCE) {
    const some = wanted.slice(i, i + FILES_AT_ONCE)
    const objects = await Promise.all(some.map((entry) => describeFile(join(path, entry.name), entry)))
    for (const [j, entry] of some.entries()) {
      if (entry.kind === 'directory') yield* listDirectory(join(path, entry.name), entry.key, prefix, after)
      else if (objects[j] !== undefined) yield objects[j]
    }
  }
}

/** `key` is the key of an object, or the prefix of all keys in a directory. */
type NamedEntry = { readonly kind: FolderEntry['kind']; readonly name: string; readonly key: string }

/**
 * Reads the entries of a directory in byte order of their keys. The order of a directory among its siblings is the order of
 * all its keys, because no sibling begins with its key part.
 */
async function readEntries(path: string, keyPart: string): Promise<NamedEntry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .flatMap((entry) => {
        const parsed = parseEntry(entry.name, entry.isDirectory())
        return parsed ? [{ kind: parsed.kind, name: entry.name, key: keyPart + parsed.keyPart }] : []
      })
      .sort((a, b) => compareUtf8(a.key, b.key))
  } catch (error) {
    if (isMissing(error)) return []
    throw translateFileError(error, keyPart)
  }
}

function mayHold(entry: NamedEntry, prefix: string, after: string): boolean {
  if (entry.kind === 'file') return entry.key.startsWith(prefix) && compareUtf8(entry.key, after) > 0
  if (!entry.key.startsWith(prefix) && !prefix.startsWith(entry.key)) return false
  return after.startsWith(entry.key) || compareUtf8(entry.key, after) > 0
}

/** @returns undefined for a directory, and for a file that has been deleted since */
async function describeFile(path: string, entry: NamedEntry): Promise<ListedObject | undefined> {
  if (entry.kind === 'directory') return undefined
  try {
    const { size, mtimeMs } = await stat(path)
    return { key: entry.key, byteSize: size, modifiedMs: Math.floor(mtimeMs) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw translateFileError(error, entry.key)
  }
}
