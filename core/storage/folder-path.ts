/**
 * A key's pieces between slashes become directories, the last one a file, so
 * that people find their way. For any key to have a place of its own on any
 * file system:
 *
 * - all ASCII but `a-z 0-9 _ - .` is written `%XX`: nothing can climb out, and
 *   file systems that fold case keep `A` and `a` apart;
 * - a file's name always holds a dot and a directory's never does, so that
 *   `a` and `a/b` can both be; a name without a dot gets `.%` at its end;
 * - pieces of {@link PIECE_POINTS} characters or more are split, since file
 *   systems end names at 255 bytes: `%+` ends a directory that goes on with
 *   the same piece. Splitting at a fixed number of characters, not of bytes,
 *   keeps all keys with a common beginning in one directory, which listing
 *   in order needs;
 * - only names of the store's own begin with a dot.
 */
const PIECE_POINTS = 60

/** Ends the name of a directory whose piece goes on in the next. */
const CONTINUES = '%+'

/** The name of an empty piece. */
const EMPTY = '%-'

/** Ends the name of a file whose own name has no dot. */
const DOTLESS = '.%'

/** An entry of a directory: what the keys of its objects begin with, or, for a file, the key's last part. */
export type FolderEntry = { readonly kind: 'file' | 'directory'; readonly keyPart: string }

/** Names of directories from the store's folder on, then of the file. */
export function pathOfKey(key: string): { readonly directories: readonly string[]; readonly file: string } {
  const pieces = key.split('/')
  const last = splitPiece(pieces.pop()!)
  const directories = pieces.flatMap((piece) => {
    const { full, rest } = splitPiece(piece)
    return [...full.map(continuedName), rest === '' ? EMPTY : escapeDirectory(rest)]
  })
  return { directories: [...directories, ...last.full.map(continuedName)], file: fileName(last.rest) }
}

/** The directories that hold all keys that begin with `prefix`, and what these directories stand for. */
export function directoriesOfPrefix(prefix: string): {
  readonly directories: readonly string[]
  readonly keyPart: string
} {
  // Without the last, perhaps unfinished piece.
  const keyPart = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return { directories: pathOfKey(`${keyPart}x`).directories, keyPart }
}

/** Reads the name of an entry, or answers undefined if it is none of the store's objects. */
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

/** `rest` is shorter than {@link PIECE_POINTS} characters, each of `full` has just as many. */
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
  // Above ASCII a character takes at most 4 bytes as it is, but 12 escaped.
  return piece.replace(
    /[^a-z0-9_.\-\u0080-\u{10ffff}]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function unescapeName(name: string): string {
  return name.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
