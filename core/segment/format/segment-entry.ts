import type { FieldNumber } from '../../fields/field.ts'

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

/** What is known of a segment file as soon as it is written. */
export type SegmentFile = Placed & {
  /** `<base version>-<random>`, never used twice; the file is `seg/<name>.seg` below the prefix. */
  readonly name: string
  readonly schemaVersion: number
  readonly docCount: number
  readonly byteSize: number
  /** The footer is the file's last `footerSize` bytes. */
  readonly footerSize: number
  readonly footerCrc: number
  /** Of all documents, in field order; text fields without tokens are left out. */
  readonly fieldTotals: readonly FieldTotals[]
  /** Sum of the documents' 128-bit hashes modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
}

/** A live segment as a manifest lists it: the file less what was deleted since. */
export type SegmentEntry = SegmentFile & {
  readonly deletedCount: number
  readonly tombstones: TombstonesRef | undefined
  /** Totals and checksum of the documents that are *not* deleted. */
  readonly liveFieldTotals: readonly FieldTotals[]
  readonly liveChecksum: Uint8Array
}
