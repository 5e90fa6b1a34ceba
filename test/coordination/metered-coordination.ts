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

/** DynamoDB bills reads by 4 KB and writes by 1 KB, rounded up. */
const READ_UNIT_BYTES = 4_096
const WRITE_UNIT_BYTES = 1_024

/** DynamoDB answers a query in pages of at most 1 MB. */
const QUERY_PAGE_BYTES = 1_048_576

/** Called with requests for rows in DynamoDB's units; an eventual read counts half of a consistent one. */
export interface RowMeter {
  rowsRead(units: number): void
  rowWritten(units: number): void
}

/**
 * Passes requests of one operation on to `base`, and counts them on that operation's meter. Closing it leaves `base` open.
 *
 * Units of a write are estimated from the change alone, as the whole row is
 * not known here: DynamoDB bills the larger of the row before and after.
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

/** A read of nothing takes a unit as well. */
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

/** As DynamoDB counts: numbers about a byte per two digits, lists and maps with three bytes and one per item. */
function valueByteSize(value: AttributeValue): number {
  if (typeof value === 'string') return utf8ByteLength(value)
  if (typeof value === 'number') return 1 + Math.ceil(String(value).length / 2)
  if (typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.byteLength
  if (!Array.isArray(value)) return 3 + mapByteSize(value as { readonly [name: string]: AttributeValue })
  return value.reduce((sum, item: AttributeValue) => sum + 1 + valueByteSize(item), 3)
}
