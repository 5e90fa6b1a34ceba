/**
 * Maps the pieces of a key between slashes to directories, and the last piece to a file, so that people can find objects.
 * These rules give every key its own path on any file system:
 *
 * - All ASCII characters except `a-z 0-9 _ - .` are escaped as `%XX`. So no path leaves the folder, and file systems that
 *   ignore case distinguish `A` and `a`.
 * - The name of a file always contains a dot and that of a directory never does, so `a` and `a/b` can both exist. A name
 *   without a dot gets the suffix `.%`.
 * - Pieces of {@link PIECE_POINTS} characters or more are split, because file systems limit names to 255 bytes. `%+` ends
 *   a directory whose piece continues. The split is at a fixed number of characters, not bytes, so that all keys
 *   with a common prefix are in one directory, which ordered listing needs.
 * - Only the store's own names begin with a dot.
 */
const PIECE_POINTS = 60

/** Suffix of a directory whose piece continues in the next name. */
const CONTINUES = '%+'

/** The name of an empty piece. */
const EMPTY = '%-'

/** Suffix of a file whose own name has no dot. */
const DOTLESS = '.%'

/** An entry of a directory. `keyPart` is its part of the key; for a directory it ends the prefix of the keys inside. */
export type FolderEntry = { readonly kind: 'file' | 'directory'; readonly keyPart: string }

/** The names of the directories below the store's folder, and the name of the file. */
export function pathOfKey(key: string): { readonly directories: readonly string[]; readonly file: string } {
  const pieces = key.split('/')
  const last = splitPiece(pieces.pop()!)
  const directories = pieces.flatMap((piece) => {
    const { full, rest } = splitPiece(piece)
    return [...full.map(continuedName), rest === '' ? EMPTY : escapeDirectory(rest)]
  })
  return { directories: [...directories, ...last.full.map(continuedName)], file: fileName(last.rest) }
}

/** The directories that contain all keys with `prefix`, and the part of the key that these directories represent. */
export function directoriesOfPrefix(prefix: string): {
  readonly directories: readonly string[]
  readonly keyPart: string
} {
  // Without the last piece, which may be incomplete.
  const keyPart = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return { directories: pathOfKey(`${keyPart}x`).directories, keyPart }
}

/** Parses the name of an entry. @returns undefined if the entry does not belong to an object */
export function parseEntry(name: string, isDirectory: boolean): FolderEntry | undefined {
  if (name.startsWith('.') && name !== DOTLESS) return undefined
  if (!isDirectory) {
    const escaped = name.endsWith(DOTLESS) ? name.slice(0, -DOTLESS.length) : name
    return { kind: 'file', keyPart: unescapeName(escaped) }
  }
  if (name === EMPTY) return { kind: 'directory', keyPart: '/' }
  if (name.endsWith(CONTINUES)) return { kind: 'directory', keyPart: unescapeName(name.slice(0, -CONTINUES.length)) }
  return { kind: 'directory', keyPart: `${unescapeName(name)}/` }
}

/** Splits a piece: each part of `full` has exactly {@link PIECE_POINTS} characters, and `rest` has fewer. */
function splitPiece(piece: string): { readonly full: readonly string[]; readonly rest: string } {
  if (piece.length < PIECE_POINTS) return { full: [], rest: piece }
  const points = Array.from(piece)
  const full: string[] = []
  let start = 0
  for (; points.length - start >= PIECE_POINTS; start += PIECE_POINTS) {
    full.push(points.slice(start, start + PIECE_POINTS).join(''))
  }
  return { full, rest: points.slice(start).join('') }
}

function continuedName(piece: string): string {
  return escapeDirectory(piece) + CONTINUES
}

function escapeDirectory(piece: string): string {
  return escapeName(piece).replaceAll('.', '%2E')
}

function fileName(rest: string): string {
  const name = escapeName(rest).replace(/^\./, '%2E')
  return name.includes('.') ? name : name + DOTLESS
}

function escapeName(piece: string): string {
  // Other characters are not escaped: they take at most 4 bytes unescaped, but 12 escaped.
  return piece.replace(
    /[^a-z0-9_.\-\u0080-\u{10ffff}]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function unescapeName(name: string): string {
  return name.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
