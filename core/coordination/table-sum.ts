import { storedChecksum } from './attributes-codec.ts'

/** How many rows a table has, and the sum of their checksums modulo 2^32: a row that vanishes changes both. */
export type TableSum = { readonly rowCount: number; readonly checksums: number }

export const EMPTY_SUM: TableSum = { rowCount: 0, checksums: 0 }

/** The sum once a row was replaced; undefined stands for no row. */
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

/** Reads what {@link encodeSum} wrote. A damaged sum differs from that of the rows. */
export function decodeSum(bytes: Uint8Array | undefined): TableSum {
  if (bytes?.length !== 12) return EMPTY_SUM
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { rowCount: view.getFloat64(0, true), checksums: view.getUint32(8, true) }
}
