/** Names a row. `pk` spreads the load; the rows of one `pk` can be listed by a prefix of `sk`. */
export type RowKey = { readonly pk: string; readonly sk: string }

/** A value of a row's attribute. Integers are exact up to 2^53. `undefined` is not a value. */
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
 * A condition that the stored row must meet for a write to happen. A missing row has no attributes: it meets `absent` for
 * every attribute, and no other condition.
 */
export type Condition =
  | { readonly attribute: string; readonly is: 'absent' }
  | { readonly attribute: string; readonly is: 'present' }
  | { readonly attribute: string; readonly is: 'equal'; readonly value: string | number | boolean }
  | { readonly attribute: string; readonly is: 'at_most' | 'at_least'; readonly value: number }

/**
 * A change of one row; other attributes keep their values. `append` adds to the end of a list; a missing list counts as
 * empty. Only one of the three may name the same attribute.
 */
export type Change = {
  readonly set?: Attributes
  readonly remove?: readonly string[]
  readonly append?: { readonly [name: string]: readonly AttributeValue[] }
}

export type ReadOptions = { readonly consistent: boolean }

/**
 * The part of DynamoDB that Prism relies on: rows, conditional writes of a single row, and listing by prefix. Transactions
 * are not needed.
 */
export interface Coordination {
  /** Reads a row. A consistent read sees every write that was answered before it began; other reads may be older. */
  read(key: RowKey, options: ReadOptions): Promise<Row | undefined>

  /**
   * Creates or changes one row atomically if all conditions hold.
   *
   * Clients retry, so `refused` may only mean that an earlier attempt of the same write succeeded and its reply was lost.
   * The caller must read the row to tell.
   *
   * @throws {UnavailableError} if no reply arrives; the write may have happened
   */
  write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'>

  /** Removes one row if it meets all conditions. For a missing row it returns `deleted` if the conditions hold. */
  delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'>

  /** Lists the rows of `pk` whose `sk` begins with `skPrefix` and is above `after`, in ascending byte order of `sk`. */
  query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row>

  close(): Promise<void>
}
