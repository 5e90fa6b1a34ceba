import { storedChecksum } from './attributes-codec.ts'

/** The number of rows of a table, and the sum of their checksums modulo 2^32. A missing row changes both. */
export type TableSum = { readonly rowCount: number; readonly checksums: number }

export const EMPTY_SUM: TableSum = { rowCount: 0, checksums: 0 }

/** Returns the sum after the replacement of a row; undefined means no row. */
export function replaceRow(
  { rowCount, checksums }: TableSum,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): TableSum {
  return {
    rowCount: rowCount + (after ? 1 : 0) - (before ? 1 : 0),
    checksums: (checksums + (after ? storedChecksum(after) : 0) - (before ? storedChecksum(before) : 0)) >>> 0,
  }
}

export function encodeSum({ rowCount, checksums }: TableSum): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeDoubleLE(rowCount, 0)
  bytes.writeUInt32LE(checksums, 8)
  return bytes
}

/** Decodes the result of {@link encodeSum}. Bytes of another length count as {@link EMPTY_SUM}, which no table with rows matches. */
export function decodeSum(bytes: Uint8Array | undefined): TableSum {
  if (bytes?.length !== 12) return EMPTY_SUM
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { rowCount: view.getFloat64(0, true), checksums: view.getUint32(8, true) }
}
