import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { UnavailableError } from '../errors.ts'
import type { Random } from '../random.ts'
import {
  FILE_MODE,
  FOLDER_MODE,
  makeDirectoryDurably,
  syncDirectory,
  writeDurably,
  writeFully,
} from './durable-file.ts'
import { isMissing, translated, translateFileError } from './file-errors.ts'
import { pathOfKey } from './folder-path.ts'
import { listFolder } from './list-folder.ts'
import { checkObjectKey } from './object-key.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'

/** Folder for files that are being written. It is inside the store's folder, so that a rename can move them. */
const TEMPORARY_FOLDER = '.writing'

/** Milliseconds without a write after which a temporary file counts as abandoned. */
const TEMPORARY_AGE_MS_MAX = 3_600_000

/** Streams are written in pieces of at least this size. */
const WRITE_BUFFER_BYTES = 1_048_576

/** Concurrent removals of files. */
const FILES_AT_ONCE = 32

/** Bytes per read, because Node refuses to read 2 GB at once. */
const READ_BYTES_MAX = 1_073_741_824

/**
 * Objects as files below a folder; `folder-path.ts` maps keys to paths. Several processes may use the folder at once.
 *
 * A put writes a temporary file, flushes it, renames it and flushes the directory. Empty directories are kept, because
 * another process may be about to put an object there.
 */
export class FolderObjectStore implements ObjectStore {
  readonly #folder: string
  readonly #random: Random
  /** Directories that this process has made durable. */
  readonly #directories = new Set<string>()
  #opened: Promise<void> | undefined

  /** @param folder is created by the first put if it does not exist */
  constructor(folder: string, random: Random) {
    this.#folder = resolve(folder)
    this.#random = random
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const file = await translated(() => open(this.#pathOf(key), 'r'), key)
    try {
      const { start, end } = range ?? { start: 0, end: (await file.stat()).size }
      return await readFully(file, start, end)
    } catch (error) {
      throw translateFileError(error, key)
    } finally {
      await file.close()
    }
  }

  put(key: string, body: Uint8Array): Promise<void> {
    return this.#write(key, (file) => writeFully(file, body))
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    let byteSize = 0
    await this.#write(key, async (file) => {
      const buffer = new Uint8Array(WRITE_BUFFER_BYTES)
      let buffered = 0
      for await (const chunk of tellingFailures(chunks)) {
        byteSize += chunk.byteLength
        if (buffered + chunk.byteLength > buffer.byteLength) {
          await writeFully(file, buffer.subarray(0, buffered))
          buffered = 0
        }
        if (chunk.byteLength > buffer.byteLength) {
          await writeFully(file, chunk)
        } else {
          buffer.set(chunk, buffered)
          buffered += chunk.byteLength
        }
      }
      await writeFully(file, buffer.subarray(0, buffered))
    })
    return byteSize
  }

  list(prefix: string, after = ''): AsyncIterable<ListedObject> {
    return listFolder(this.#folder, prefix, after)
  }

  async delete(keys: readonly string[]): Promise<void> {
    const changed = new Set<string>()
    for (let i = 0; i < keys.length; i += FILES_AT_ONCE) {
      const removals = keys.slice(i, i + FILES_AT_ONCE).map(async (key) => {
        const path = this.#pathOf(key)
        if (await translated(() => removeFile(path), key)) changed.add(dirname(path))
      })
      await Promise.all(removals)
    }
    for (const directory of changed) await translated(() => syncDirectory(directory), directory)
  }

  #pathOf(key: string): string {
    const { directories, file } = pathOfKey(key)
    return join(this.#folder, ...directories, file)
  }

  async #write(key: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    checkObjectKey(key)
    const { directories, file } = pathOfKey(key)
    const directory = join(this.#folder, ...directories)
    try {
      await this.#open()
      await this.#makeDirectory(directory)
      const temporary = join(this.#folder, TEMPORARY_FOLDER, this.#random.name())
      await writeDurably(join(directory, file), temporary, fill)
    } catch (error) {
      if (error instanceof SourceFailure) throw error.cause
      if (!isMissing(error)) throw translateFileError(error, key)
      // Another process has removed the directories. The next attempt creates them again.
      this.#directories.clear()
      this.#opened = undefined
      throw new UnavailableError('storage_unavailable', `the file of object ${key} was removed while it was written`, {
        cause: error,
      })
    }
  }

  async #makeDirectory(directory: string): Promise<void> {
    if (this.#directories.has(directory)) return
    await makeDirectoryDurably(this.#folder, directory)
    this.#directories.add(directory)
  }

  /** Creates the folder before the first write, and removes temporary files of killed writers. */
  #open(): Promise<void> {
    this.#opened ??= this.#prepare().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #prepare(): Promise<void> {
    const temporary = join(this.#folder, TEMPORARY_FOLDER)
    const firstMade = await mkdir(temporary, { recursive: true, mode: FOLDER_MODE })
    await makeDirectoryDurably(dirname(firstMade ?? this.#folder), temporary)
    await removeStaleFiles(temporary, join(temporary, this.#random.name()))
  }
}

/** Wraps an error of a stream's source, so that it is not mistaken for a file-system error. */
class SourceFailure extends Error {}

async function* tellingFailures(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw new SourceFailure('the source of a stream failed', { cause: error })
  }
}

/** Reads up to `end` or the end of the file. */
async function readFully(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  // A large range may extend far beyond the end of the file.
  const known = end - start > WRITE_BUFFER_BYTES ? Math.min(end, (await file.stat()).size) : end
  const bytes = new Uint8Array(Math.max(0, known - start))
  let filled = 0
  while (filled < bytes.byteLength) {
    const { bytesRead } = await file.read(
      bytes,
      filled,
      Math.min(bytes.byteLength - filled, READ_BYTES_MAX),
      start + filled,
    )
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled === bytes.byteLength ? bytes : bytes.slice(0, filled)
}

/**
 * Removes files without a write for {@link TEMPORARY_AGE_MS_MAX}, by the file system's own clock, which is read from a new
 * file at `probe`. If a stalled writer is still alive, its rename fails and its put reports an error.
 */
async function removeStaleFiles(folder: string, probe: string): Promise<void> {
  await (await open(probe, 'wx', FILE_MODE)).close()
  const { mtimeMs: now } = await stat(probe)
  await rm(probe, { force: true })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const age = await stat(path).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => 0,
    )
    if (age > TEMPORARY_AGE_MS_MAX) await rm(path, { force: true })
  }
}

/** @returns whether the file existed */
async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
