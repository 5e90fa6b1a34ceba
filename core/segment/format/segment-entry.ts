import type { FieldNumber } from '../../fields/field.ts'
import type { FieldRange } from '../../fields/field-ranges.ts'

/** What BM25 needs to know about a text field: the number of documents with at least one token in it, and of all its tokens. */
export type FieldTotals = { readonly field: FieldNumber; readonly docCount: number; readonly tokenCount: number }

/** An object that a manifest names: below the prefix of the manifest's own shard, unless `origin` names another. */
export type Placed = {
  /** Prefix, with the final slash, of the shard that wrote the object: a branch shares its parent's objects. */
  readonly origin?: string
}

/** Where a segment's tombstones are: bytes [start, end) of an object that one commit wrote. */
export type TombstonesRef = Placed & {
  /** Key below the prefix, such as `tombs/17-…`. */
  readonly object: string
  readonly start: number
  readonly end: number
  readonly crc: number
}

/** What a manifest says about a segment's file other than its `.seg`. */
type FileFacts = {
  /** What the file holds, such as `vectors`: 1 to {@link FILE_KIND_BYTES_MAX} bytes of `a` to `z`, `0` to `9` and `-`. */
  readonly kind: string
  /** Undefined if the file belongs to the segment as a whole. */
  readonly field: FieldNumber | undefined
  readonly byteSize: number
  /** The footer is the file's last `footerSize` bytes; 0 if the file has no footer. */
  readonly footerSize: number
  /** CRC-32 of the footer; of the whole file if it has none. */
  readonly crc: number
}

/** A file of one segment other than its `.seg`: vectors, a graph, Parquet. */
export type SideFile = FileFacts & {
  /** The file is `seg/<segment's name>.<extension>` below the segment's prefix. */
  readonly extension: string
}

/** A file that several segments read, such as a codebook. It is kept while any of those segments is. */
export type SharedFile = FileFacts &
  Placed & {
    /** Key below the prefix: `shared/<base version>-<random>`. */
    readonly object: string
  }

/** Longest kind and longest extension of a file, in bytes. */
export const FILE_KIND_BYTES_MAX = 32

/** Most files that one segment lists, shared ones included: enough for the vectors and the graph of 128 fields. */
export const FILES_MAX = 256

/** What is known about a segment once it is written. Sizes and checksum are those of its `.seg`. */
export type SegmentFile = Placed & {
  /** `<base version>-<random>`, never used twice. The segment's `.seg` is `seg/<name>.seg` below the prefix. */
  readonly name: string
  readonly schemaVersion: number
  readonly docCount: number
  readonly byteSize: number
  /** The footer is the file's last `footerSize` bytes. */
  readonly footerSize: number
  readonly footerCrc: number
  /** Totals over all documents, in field order; text fields without tokens are left out. */
  readonly fieldTotals: readonly FieldTotals[]
  /** Version of the analyzers that made the words of all text fields; 0 if the segment has no words. */
  readonly analyzerVersion: number
  /** Sum of the documents' 128-bit hashes modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
  /** The segment's other files, in the order of fields. */
  readonly files: readonly SideFile[]
  readonly shared: readonly SharedFile[]
  /** In field order, at most `RANGES_MAX`; `findRange` looks up the range of a field. */
  readonly ranges: readonly FieldRange[]
}

/** A live segment as a manifest lists it: the file as written, and what has been deleted since. */
export type SegmentEntry = SegmentFile & {
  readonly deletedCount: number
  readonly tombstones: TombstonesRef | undefined
  /** Totals and checksum of the documents that are *not* deleted. */
  readonly liveFieldTotals: readonly FieldTotals[]
  readonly liveChecksum: Uint8Array
}

/** Bytes of all files that belong to one segment alone. */
export function storedBytes({ byteSize, files }: Pick<SegmentFile, 'byteSize' | 'files'>): number {
  return files.reduce((sum, file) => sum + file.byteSize, byteSize)
}
