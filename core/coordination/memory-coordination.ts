import { compareUtf8 } from '../utf8.ts'
import { applyChange, checkChange, conditionsHold } from './apply-change.ts'
import type { Attributes, Change, Condition, Coordination, ReadOptions, Row, RowKey } from './coordination.ts'
import { checkRowKey } from './row-key.ts'

/** Rows in the memory of this process, for tests and short-lived collections. Every read is consistent. */
export class MemoryCoordination implements Coordination {
  /** By `pk`, then by `sk`. */
  readonly #rows = new Map<string, Map<string, Attributes>>()

  async read(key: RowKey, _options: ReadOptions): Promise<Row | undefined> {
    checkRowKey(key)
    return toRow(key, this.#rows.get(key.pk)?.get(key.sk))
  }

  async write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    checkRowKey(key)
    checkChange(change)
    const current = this.#rows.get(key.pk)?.get(key.sk)
    if (!conditionsHold(current, conditions)) return 'refused'
    const rows = this.#rows.get(key.pk) ?? new Map<string, Attributes>()
    this.#rows.set(key.pk, rows)
    // Copied here and in `toRow`, so the caller cannot change stored values.
    rows.set(key.sk, structuredClone(applyChange(current, change)))
    return 'written'
  }

  async delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    checkRowKey(key)
    const rows = this.#rows.get(key.pk)
    if (!conditionsHold(rows?.get(key.sk), conditions)) return 'refused'
    rows?.delete(key.sk)
    return 'deleted'
  }

  async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
    const rows = this.#rows.get(pk) ?? new Map<string, Attributes>()
    const after = options.after ?? ''
    const keys = [...rows.keys()].filter((sk) => sk.startsWith(skPrefix) && compareUtf8(sk, after) > 0)
    for (const sk of keys.sort(compareUtf8)) {
      const row = toRow({ pk, sk }, rows.get(sk))
      if (row !== undefined) yield row
    }
  }

  async close(): Promise<void> {}
}

function toRow(key: RowKey, attributes: Attributes | undefined): Row | undefined {
  return attributes && { pk: key.pk, sk: key.sk, attributes: structuredClone(attributes) }
}
