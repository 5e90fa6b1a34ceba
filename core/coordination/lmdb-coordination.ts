import { open, type RootDatabase } from 'lmdb'
import { UnavailableError } from '../errors.ts'
import { compareUtf8 } from '../utf8.ts'
import { applyChange, checkChange, conditionsHold } from './apply-change.ts'
import { decodeAttributes, encodeAttributes } from './attributes-codec.ts'
import type { Attributes, Change, Condition, Coordination, ReadOptions, Row, RowKey } from './coordination.ts'
import { checkRowKey } from './row-key.ts'

/** Rows that `query` reads at once; between two pages others may write. */
const QUERY_PAGE_SIZE = 100

/** A conditional change of one row, waiting for the next transaction. */
type PendingWrite = { readonly run: () => void; readonly settle: (failure: unknown) => void }

/**
 * Rows in an LMDB environment in a folder. Several processes of one machine
 * may use the folder at once. Every read is consistent.
 *
 * A write is answered after LMDB has flushed it: writes issued in the same
 * turn of the event loop share one transaction and so one flush. The
 * transaction is a synchronous one because lmdb-js's asynchronous ones never
 * settle without overlapping sync, and with it readers would see rows that a
 * power failure can still take back.
 */
export class LmdbCoordination implements Coordination {
  readonly #db: RootDatabase<Buffer, Buffer>
  #pending: PendingWrite[] = []
  #closed = false

  /** @param folder is made if it is missing */
  constructor(folder: string) {
    this.#db = open<Buffer, Buffer>({
      path: folder,
      // A folder's name may hold dots, which lmdb-js would take for a file's extension.
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
    })
  }

  async read(key: RowKey, _options: ReadOptions): Promise<Row | undefined> {
    checkRowKey(key)
    this.#refresh()
    const attributes = this.#attributesOf(key)
    return attributes && { pk: key.pk, sk: key.sk, attributes }
  }

  async write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    checkRowKey(key)
    checkChange(change)
    return this.#inTransaction(() => {
      const current = this.#attributesOf(key)
      if (!conditionsHold(current, conditions)) return 'refused'
      this.#db.putSync(encodeKey(key), encodeAttributes(applyChange(current, change)) as Buffer)
      return 'written'
    })
  }

  async delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    checkRowKey(key)
    return this.#inTransaction(() => {
      if (!conditionsHold(this.#attributesOf(key), conditions)) return 'refused'
      this.#db.removeSync(encodeKey(key))
      return 'deleted'
    })
  }

  async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
    let after = options.after ?? ''
    while (true) {
      const page = this.#readPage(pk, skPrefix, after)
      yield* page
      if (page.length < QUERY_PAGE_SIZE) return
      after = page.at(-1)!.sk
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#flushPending()
    this.#closed = true
    await this.#db.close()
  }

  #readPage(pk: string, skPrefix: string, after: string): Row[] {
    this.#refresh()
    const start = compareUtf8(skPrefix, after) > 0 ? encodeKey({ pk, sk: skPrefix }) : afterKey({ pk, sk: after })
    const rows: Row[] = []
    for (const { key, value } of this.#db.getRange({ start, limit: QUERY_PAGE_SIZE })) {
      const rowKey = decodeKey(key)
      if (rowKey.pk !== pk || !rowKey.sk.startsWith(skPrefix)) break
      rows.push({ ...rowKey, attributes: decodeAttributes(value, describeRow(rowKey)) })
    }
    return rows
  }

  #attributesOf(key: RowKey): Attributes | undefined {
    const bytes = this.#db.get(encodeKey(key))
    return bytes && decodeAttributes(bytes, describeRow(key))
  }

  /** Ends the snapshot that lmdb-js keeps for the rest of the turn, which may be older than another process's write. */
  #refresh(): void {
    if (this.#closed) throw new UnavailableError('coordination_closed', 'the coordination database is closed')
    this.#db.resetReadTxn()
  }

  #inTransaction<T>(action: () => T): Promise<T> {
    if (this.#closed) throw new UnavailableError('coordination_closed', 'the coordination database is closed')
    return new Promise<T>((resolve, reject) => {
      let outcome: { readonly value: T } | undefined
      let refusal: unknown
      const run = () => {
        // One caller's mistake must not undo the others' writes.
        try {
          outcome = { value: action() }
        } catch (error) {
          refusal = error
        }
      }
      const settle = (failure: unknown) => {
        if (failure !== undefined) reject(failure)
        else if (outcome === undefined) reject(refusal)
        else resolve(outcome.value)
      }
      this.#pending.push({ run, settle })
      if (this.#pending.length === 1) setImmediate(() => this.#flushPending())
    })
  }

  #flushPending(): void {
    const writes = this.#pending
    if (writes.length === 0) return
    this.#pending = []
    let failure: unknown
    try {
      this.#db.transactionSync(() => {
        for (const { run } of writes) run()
      })
    } catch (error) {
      failure = new UnavailableError('coordination_unavailable', `LMDB could not commit: ${String(error)}`, {
        cause: error,
      })
    }
    for (const { settle } of writes) settle(failure)
  }
}

/** `pk`, a zero byte that no `pk` holds, `sk`: byte order of keys is the order of rows. */
function encodeKey(key: RowKey): Buffer {
  return Buffer.from(`${key.pk}\0${key.sk}`, 'utf8')
}

/** The least key above a row's. */
function afterKey(key: RowKey): Buffer {
  return Buffer.from(`${key.pk}\0${key.sk}\0`, 'utf8')
}

function decodeKey(bytes: Uint8Array): RowKey {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const separator = text.indexOf('\0')
  return { pk: text.slice(0, separator), sk: text.slice(separator + 1) }
}

function describeRow(key: RowKey): string {
  return `row ${key.pk} ${key.sk}`
}
