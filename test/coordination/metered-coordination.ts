import type {
  AttributeValue,
  Change,
  Condition,
  Coordination,
  ReadOptions,
  Row,
  RowKey,
} from '../../core/coordination/coordination.ts'
import { utf8ByteLength } from '../../core/utf8.ts'

/** DynamoDB bills reads per 4 KB and writes per 1 KB, rounded up. */
const READ_UNIT_BYTES = 4_096
const WRITE_UNIT_BYTES = 1_024

/** Maximum bytes of a page of a DynamoDB query. */
const QUERY_PAGE_BYTES = 1_048_576

/** Counts requests in DynamoDB's units. An eventually consistent read costs half as much as a consistent one. */
export interface RowMeter {
  rowsRead(units: number): void
  rowWritten(units: number): void
}

/**
 * Passes requests on to `base`, and counts them with `meter`. Closing the result leaves `base` open.
 *
 * The units of a write are estimated from the change alone, because the whole row is unknown here. DynamoDB bills the larger
 * of the row before and the row after the write.
 */
export function meteredCoordination(base: Coordination, meter: RowMeter): Coordination {
  return {
    async read(key: RowKey, options: ReadOptions): Promise<Row | undefined> {
      const row = await base.read(key, options)
      meter.rowsRead(readUnits(row === undefined ? 0 : rowByteSize(row), options))
      return row
    },
    write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
      const byteSize = keyByteSize(key) + mapByteSize(change.set ?? {}) + mapByteSize(change.append ?? {})
      meter.rowWritten(Math.ceil(byteSize / WRITE_UNIT_BYTES))
      return base.write(key, change, conditions)
    },
    delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
      meter.rowWritten(1)
      return base.delete(key, conditions)
    },
    async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }) {
      let byteSize = 0
      for await (const row of base.query(pk, skPrefix, options)) {
        byteSize += rowByteSize(row)
        if (byteSize >= QUERY_PAGE_BYTES) {
          meter.rowsRead(readUnits(byteSize, options))
          byteSize = 0
        }
        yield row
      }
      meter.rowsRead(readUnits(byteSize, options))
    },
    async close(): Promise<void> {},
  }
}

/** Reading a missing row also costs a unit. */
function readUnits(byteSize: number, options: ReadOptions): number {
  return Math.max(1, Math.ceil(byteSize / READ_UNIT_BYTES)) * (options.consistent ? 1 : 0.5)
}

function rowByteSize(row: Row): number {
  return keyByteSize(row) + mapByteSize(row.attributes)
}

function keyByteSize(key: RowKey): number {
  return utf8ByteLength(key.pk) + utf8ByteLength(key.sk) + 4
}

function mapByteSize(map: { readonly [name: string]: AttributeValue }): number {
  let byteSize = 0
  for (const [name, value] of Object.entries(map)) byteSize += utf8ByteLength(name) + valueByteSize(value)
  return byteSize
}

/** Bytes as DynamoDB counts them: about one per two digits of a number; three per list or map, plus one per item. */
function valueByteSize(value: AttributeValue): number {
  if (typeof value === 'string') return utf8ByteLength(value)
  if (typeof value === 'number') return 1 + Math.ceil(String(value).length / 2)
  if (typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.byteLength
  if (!Array.isArray(value)) return 3 + mapByteSize(value as { readonly [name: string]: AttributeValue })
  return value.reduce((sum, item: AttributeValue) => sum + 1 + valueByteSize(item), 3)
}
