/** Names a row: `pk` spreads load, rows of one `pk` can be listed by `sk` prefix. */
export type RowKey = { readonly pk: string; readonly sk: string }

/** What a row's attribute may hold. Integers are exact up to 2^53. `undefined` is not a value. */
export type AttributeValue =
  | string
  | number
  | boolean
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue }

export type Attributes = { readonly [name: string]: AttributeValue }

export type Row = RowKey & { readonly attributes: Attributes }

/**
 * What the stored row must meet for a write to happen. A missing row has no attributes: it meets `absent` of any
 * attribute and no other condition.
 */
export type Condition =
  | { readonly attribute: string; readonly is: 'absent' }
  | { readonly attribute: string; readonly is: 'present' }
  | { readonly attribute: string; readonly is: 'equal'; readonly value: string | number | boolean }
  | { readonly attribute: string; readonly is: 'at_most' | 'at_least'; readonly value: number }

/**
 * What a write changes; other attributes stay as they are. `append` adds to the end of a list, which begins empty if it
 * is absent. An attribute may be named by only one of the three.
 */
export type Change = {
  readonly set?: Attributes
  readonly remove?: readonly string[]
  readonly append?: { readonly [name: string]: readonly AttributeValue[] }
}

export type ReadOptions = { readonly consistent: boolean }

/**
 * The part of DynamoDB that Prism relies on, and no more: rows, conditional
 * writes of a single row, and listing by prefix. Transactions are not needed.
 */
export interface Coordination {
  /** Reads a row. A consistent read sees every write that was answered before the read began; any other may be older. */
  read(key: RowKey, options: ReadOptions): Promise<Row | undefined>

  /**
   * Creates or changes one row atomically if all conditions hold.
   *
   * A `refused` may come from the writer's own earlier try whose reply was
   * lost (clients retry): what the row says then is for the caller to judge.
   *
   * @throws {UnavailableError} if no reply arrived; the write may have happened
   */
  write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'>

  /** Removes one row if it meets all conditions. A missing row counts as removed, unless a condition says otherwise. */
  delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'>

  /** Rows of `pk` whose `sk` begins with `skPrefix`, in ascending byte order of `sk`, each strictly after `after`. */
  query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row>

  close(): Promise<void>
}
