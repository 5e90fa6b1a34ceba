import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Clock } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { systemClock } from '../system-clock.ts'
import { compareUtf8 } from '../utf8.ts'
import { applyChange, checkChange, conditionsHold } from './apply-change.ts'
import { damagedTable, decodeAttributes, encodeAttributes } from './attributes-codec.ts'
import type { Attributes, Change, Condition, Coordination, ReadOptions, Row, RowKey } from './coordination.ts'
import { checkRowKey } from './row-key.ts'
import { decodeSum, EMPTY_SUM, encodeSum, replaceRow, type TableSum } from './table-sum.ts'
import { WriteLock } from './write-lock.ts'

/** Rows per page of `query`. Others may write between two pages. */
const QUERY_PAGE_SIZE = 100

/** Only the owner may read or write the folder and its files. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
const FILES = ['data.mdb', 'lock.mdb']

/** The key of the sum of all rows. It precedes all rows, because their `pk` is never empty. */
const SUM_KEY = Buffer.from('\0')

/** Maximum milliseconds that a write waits for the lock. A transaction takes milliseconds, so a longer holder is stopped. */
const LOCK_MS_MAX = 5_000
const LOCK_POLL_MS = 1

/** A conditional change of one row that waits for the next transaction. */
type PendingWrite = { readonly run: () => void; readonly settle: (failure: unknown) => void }

/**
 * Rows in an LMDB environment in a folder. Several processes of one machine may use the folder at once. Every read is
 * consistent.
 *
 * A write is answered after LMDB has flushed it. Writes of the same turn of the event loop share one transaction, and so
 * one flush. Transactions are synchronous: asynchronous transactions of lmdb-js never settle without overlapping sync, and
 * with overlapping sync, readers would see rows that a power failure can still undo.
 *
 * A process that is stopped in the middle of a transaction would block all others, with their event loops, on LMDB's own
 * lock forever. So a write first takes a {@link WriteLock}, and waits for it for at most {@link LOCK_MS_MAX}.
 *
 * Every row has a checksum, and the table has a sum of all checksums. Reading a row detects damage in the row. Opening the
 * table reads the whole table, and detects missing rows.
 */
export class LmdbCoordination implements Coordination {
  readonly #db: RootDatabase<Buffer, Buffer>
  readonly #lock: WriteLock
  readonly #clock: Clock
  #pending: PendingWrite[] = []
  #flushing: Promise<void> | undefined
  #closed = false
  /** The sum of all rows after the changes that the running transaction has made so far. */
  #sum: TableSum = EMPTY_SUM

  /**
   * @param folder is created if it does not exist
   * @throws {CorruptDataError} `corrupt_table`
   * @throws {UnavailableError} `coordination_locked`
   */
  constructor(folder: string, clock: Clock = systemClock) {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
    this.#lock = new WriteLock(folder)
    this.#clock = clock
    // Opening an environment also writes to it.
    const holder = this.#takeLockNow()
    if (holder !== undefined) throw lockedBy(holder)
    try {
      this.#db = openDatabase(folder)
    } finally {
      this.#lock.release()
    }
    this.#verify()
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
      this.#replace(key, applyChange(current, change))
      return 'written'
    })
  }

  async delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    checkRowKey(key)
    return this.#inTransaction(() => {
      if (!conditionsHold(this.#attributesOf(key), conditions)) return 'refused'
      this.#replace(key, undefined)
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
    this.#closed = true
    await this.#flushing
    await this.#db.close()
  }

  #readPage(pk: string, skPrefix: string, after: string): Row[] {
    this.#refresh()
    const start = compareUtf8(skPrefix, after) > 0 ? encodeKey({ pk, sk: skPrefix }) : afterKey({ pk, sk: after })
    const rows: Row[] = []
    for (const { key, value } of this.#db.getRange({ start, limit: QUERY_PAGE_SIZE })) {
      const rowKey = decodeKey(key)
      if (rowKey.pk !== pk || !rowKey.sk.startsWith(skPrefix)) break
      rows.push({ ...rowKey, attributes: decodeAttributes(value, key, describeRow(rowKey)) })
    }
    return rows
  }

  #attributesOf(key: RowKey): Attributes | undefined {
    const bytes = this.#db.get(encodeKey(key))
    return bytes && decodeAttributes(bytes, encodeKey(key), describeRow(key))
  }

  #replace(key: RowKey, attributes: Attributes | undefined): void {
    const place = encodeKey(key)
    const before = this.#db.get(place)
    // Computed first, because the next call to `get` overwrites the bytes that this one returned.
    const sum = replaceRow(this.#sum, before, undefined)
    const row = attributes && encodeAttributes(attributes, place)
    if (row) this.#db.putSync(place, row)
    else this.#db.removeSync(place)
    this.#sum = replaceRow(sum, undefined, row)
  }

  /** Compares all rows with the stored sum, in one snapshot. */
  #verify(): void {
    this.#db.resetReadTxn()
    const expected = decodeSum(this.#db.get(SUM_KEY))
    let found = EMPTY_SUM
    for (const { key, value } of this.#db.getRange({ start: afterKey({ pk: '', sk: '' }) })) {
      decodeAttributes(value, key, describeRow(decodeKey(key)))
      found = replaceRow(found, undefined, value)
    }
    if (found.rowCount === expected.rowCount && found.checksums === expected.checksums) return
    throw damagedTable(
      'corrupt_table',
      `the table has ${found.rowCount} rows, expected ${expected.rowCount} and their checksums`,
    )
  }

  /** Ends the snapshot that lmdb-js keeps for the rest of the turn, because another process may have written since. */
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
        // An error in one caller's change must not undo the writes of others.
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
      this.#flushing ??= this.#flush()
    })
  }

  async #flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    let holder: number | undefined
    try {
      holder = await this.#takeLock()
    } catch (error) {
      this.#flushing = undefined
      for (const { settle } of this.#pending.splice(0)) settle(error)
      return
    }
    const writes = this.#pending
    this.#pending = []
    this.#flushing = undefined
    const failure = holder === undefined ? this.#commit(writes) : lockedBy(holder)
    if (holder === undefined) this.#lock.release()
    for (const { settle } of writes) settle(failure)
  }

  /** @returns undefined once the lock is taken, or the id of the process that still holds it */
  async #takeLock(): Promise<number | undefined> {
    const endMs = this.#clock.monotonic() + LOCK_MS_MAX
    for (;;) {
      const holder = this.#lock.tryTake()
      if (holder === undefined || this.#clock.monotonic() >= endMs) return holder
      await this.#clock.sleep(LOCK_POLL_MS)
    }
  }

  /** Like {@link #takeLock}, but blocks this process. */
  #takeLockNow(): number | undefined {
    const never = new Int32Array(new SharedArrayBuffer(4))
    const endMs = this.#clock.monotonic() + LOCK_MS_MAX
    for (;;) {
      const holder = this.#lock.tryTake()
      if (holder === undefined || this.#clock.monotonic() >= endMs) return holder
      Atomics.wait(never, 0, 0, LOCK_POLL_MS)
    }
  }

  /** Commits writes in one transaction. @returns the error if the commit fails */
  #commit(writes: readonly PendingWrite[]): UnavailableError | undefined {
    try {
      this.#db.transactionSync(() => {
        const before = decodeSum(this.#db.get(SUM_KEY))
        this.#sum = before
        for (const { run } of writes) run()
        if (this.#sum !== before) this.#db.putSync(SUM_KEY, encodeSum(this.#sum))
      })
      return undefined
    } catch (error) {
      return new UnavailableError('coordination_unavailable', `LMDB could not commit: ${String(error)}`, {
        cause: error,
      })
    }
  }
}

function openDatabase(folder: string): RootDatabase<Buffer, Buffer> {
  const isNew = !existsSync(join(folder, FILES[0]!))
  const db = open<Buffer, Buffer>({
    path: folder,
    // Without this option, lmdb-js would take a folder with a dot in its name for a file.
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  })
  if (isNew) for (const file of FILES) chmodSync(join(folder, file), FILE_MODE)
  return db
}

function lockedBy(pid: number): UnavailableError {
  return new UnavailableError(
    'coordination_locked',
    `process ${pid} has been writing to the folder for more than ${LOCK_MS_MAX} ms: if it is stopped, continue or end it`,
  )
}

/** `pk`, a zero byte, which no `pk` contains, and `sk`: the byte order of keys is the order of rows. */
function encodeKey(key: RowKey): Buffer {
  return Buffer.from(`${key.pk}\0${key.sk}`, 'utf8')
}

/** The smallest key above the key of a row. */
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
