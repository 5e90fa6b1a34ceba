import type { FieldNumber } from '../../fields/field.ts'
import type { FieldRange } from '../../fields/field-ranges.ts'

/** What BM25 needs of one text field: documents that have at least one token in it, and all their tokens. */
export type FieldTotals = { readonly field: FieldNumber; readonly docCount: number; readonly tokenCount: number }

/** An object that a manifest names: it lies below the prefix of the manifest's own shard, unless it says otherwise. */
export type Placed = {
  /** Prefix, with the final slash, of the other shard below which it lies: a branch shares its parent's objects. */
  readonly origin?: string
}

/** Where a segment's tombstones are: a part of an object that one commit wrote. */
export type TombstonesRef = Placed & {
  /** Key below the prefix, such as `tombs/17-…`. */
  readonly object: string
  readonly start: number
  readonly end: number
  readonly crc: number
}

/** What a manifest says of a file besides a segment's `.seg`. */
type FileFacts = {
  /** What the file holds, such as `vectors`: 1 to {@link FILE_KIND_BYTES_MAX} bytes of `a` to `z`, `0` to `9` and `-`. */
  readonly kind: string
  /** Undefined: the file is of the whole segment. */
  readonly field: FieldNumber | undefined
  readonly byteSize: number
  /** The footer is the file's last `footerSize` bytes. 0: the file has none. */
  readonly footerSize: number
  /** CRC-32 of the footer; of the whole file if it has none. */
  readonly crc: number
}

/** A file of one segment besides its `.seg`: vectors, a graph, Parquet. */
export type SideFile = FileFacts & {
  /** The file is `seg/<segment's name>.<extension>` below the segment's prefix. */
  readonly extension: string
}

/** A file that several segments read, such as a codebook. It is kept as long as one of them is. */
export type SharedFile = FileFacts &
  Placed & {
    /** Key below the prefix: `shared/<base version>-<random>`. */
    readonly object: string
  }

/** Longest name of a kind of file, and longest extension, in bytes. */
export const FILE_KIND_BYTES_MAX = 32

/** Files that one segment lists, those that it shares included: vectors and graph of each of some fields. */
export const FILES_MAX = 256

/** What is known of a segment as soon as it is written. Sizes and checksum are of its `.seg`. */
export type SegmentFile = Placed & {
  /** `<base version>-<random>`, never used twice; the first file is `seg/<name>.seg` below the prefix. */
  readonly name: string
  readonly schemaVersion: number
  readonly docCount: number
  readonly byteSize: number
  /** The footer is the file's last `footerSize` bytes. */
  readonly footerSize: number
  readonly footerCrc: number
  /** Of all documents, in field order; text fields without tokens are left out. */
  readonly fieldTotals: readonly FieldTotals[]
  /** Version of the analyzers that made the words of all its text fields; 0 if it has none. */
  readonly analyzerVersion: number
  /** Sum of the documents' 128-bit hashes modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
  /** Its other files, in the order of fields. */
  readonly files: readonly SideFile[]
  readonly shared: readonly SharedFile[]
  /** In field order, at most `RANGES_MAX`; `findRange` says what they tell of a field. */
  readonly ranges: readonly FieldRange[]
}

/** A live segment as a manifest lists it: what was written, less what was deleted since. */
export type SegmentEntry = SegmentFile & {
  readonly deletedCount: number
  readonly tombstones: TombstonesRef | undefined
  /** Totals and checksum of the documents that are *not* deleted. */
  readonly liveFieldTotals: readonly FieldTotals[]
  readonly liveChecksum: Uint8Array
}

/** Bytes of a segment's own files. */
export function storedBytes({ byteSize, files }: Pick<SegmentFile, 'byteSize' | 'files'>): number {
  return files.reduce((sum, file) => sum + file.byteSize, byteSize)
}
