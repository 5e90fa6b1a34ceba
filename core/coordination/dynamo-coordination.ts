import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  type AttributeValue as SdkValue,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { NO_LIMIT, type TimeLimit, withinLimit } from '../time-limit.ts'
import { compareUtf8 } from '../utf8.ts'
import { checkChange } from './apply-change.ts'
import type { AttributeValue, Change, Condition, Coordination, ReadOptions, Row, RowKey } from './coordination.ts'
import { translateDynamoError } from './dynamo-errors.ts'
import { conditionExpression, Placeholders, updateExpression } from './dynamo-expressions.ts'
import { type DynamoItem, type DynamoValue, fromDynamoValue } from './dynamo-values.ts'
import { checkRowKey } from './row-key.ts'

export type DynamoOptions = {
  readonly table: string
  /** URL of a service other than AWS, such as `http://127.0.0.1:4567`. */
  readonly endpoint?: string
  /** Default: `us-east-1` with an endpoint, otherwise the region of the environment. */
  readonly region?: string
  /** Default: the SDK finds them in the environment, in files or on the instance. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/** Maximum attempts of the SDK at one request, with growing pauses between them. */
const ATTEMPTS_MAX = 5

/** Milliseconds for a connection. Long, because the timer also runs while this process is too busy to notice the connection. */
const CONNECT_MS_MAX = 10_000

/** Milliseconds for an answer. DynamoDB answers within milliseconds, so a later answer never arrives. */
const ANSWER_MS_MAX = 5_000

const CREATE_TABLE_S_MAX = 60

/** Rows in a DynamoDB table with the string keys `pk` and `sk`. */
export class DynamoCoordination implements Coordination {
  readonly #client: DynamoDBClient
  readonly #table: string
  readonly #timeLimit: TimeLimit

  /**
   * Sends no request: wrong options fail at the first request.
   *
   * @param timeLimit ends requests, including retries, with UnavailableError 'deadline_exceeded'; a write may have happened
   */
  constructor(options: DynamoOptions, timeLimit: TimeLimit = NO_LIMIT) {
    this.#timeLimit = timeLimit
    const region = options.region ?? (options.endpoint === undefined ? undefined : 'us-east-1')
    this.#table = options.table
    this.#client = new DynamoDBClient({
      maxAttempts: ATTEMPTS_MAX,
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        requestTimeout: ANSWER_MS_MAX,
        throwOnRequestTimeout: true,
      },
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    })
  }

  async read(key: RowKey, options: ReadOptions): Promise<Row | undefined> {
    checkRowKey(key)
    const { Item: item } = await this.#send((cut) =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: keyItem(key), ConsistentRead: options.consistent }),
        cut,
      ),
    )
    return item && toRow(item)
  }

  async write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    checkRowKey(key)
    checkChange(change)
    const placeholders = new Placeholders()
    const update = updateExpression(change, placeholders)
    const condition = conditionExpression(conditions, placeholders)
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: keyItem(key),
      ...(update === undefined ? {} : { UpdateExpression: update }),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...sdkPlaceholders(placeholders),
    })
    return this.#sendUnlessRefused((cut) => this.#client.send(command, cut), 'written')
  }

  async delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    checkRowKey(key)
    const placeholders = new Placeholders()
    const condition = conditionExpression(conditions, placeholders)
    const command = new DeleteItemCommand({
      TableName: this.#table,
      Key: keyItem(key),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...sdkPlaceholders(placeholders),
    })
    return this.#sendUnlessRefused((cut) => this.#client.send(command, cut), 'deleted')
  }

  async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
    const { after = '' } = options
    // DynamoDB refuses a start key outside the prefix.
    const startsInside = after !== '' && after.startsWith(skPrefix)
    if (!startsInside && compareUtf8(after, skPrefix) > 0) return
    let start = startsInside ? keyItem({ pk, sk: after }) : undefined
    const placeholders = new Placeholders()
    const pkIs = `${placeholders.name('pk')} = ${placeholders.value(pk)}`
    const beginsWith = () => ` AND begins_with(${placeholders.name('sk')}, ${placeholders.value(skPrefix)})`
    // DynamoDB refuses an empty string as a key value.
    const expression = skPrefix === '' ? pkIs : pkIs + beginsWith()
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: expression,
        ConsistentRead: options.consistent,
        ...sdkPlaceholders(placeholders),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      })
      const page: QueryCommandOutput = await this.#send((cut) => this.#client.send(command, cut))
      for (const item of page.Items ?? []) yield toRow(item)
      start = page.LastEvaluatedKey
    } while (start !== undefined)
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  /** Creates the table, billed on demand, unless it exists, and waits until the table is ready. */
  async createTable(): Promise<void> {
    try {
      await this.#client.send(
        new CreateTableCommand({
          TableName: this.#table,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        }),
      )
    } catch (error) {
      const exists = error instanceof Error && error.name === 'ResourceInUseException'
      if (!exists) throw translateDynamoError(error, this.#table)
    }
    const patience = { client: this.#client, maxWaitTime: CREATE_TABLE_S_MAX, minDelay: 1 }
    await this.#send(() => waitUntilTableExists(patience, { TableName: this.#table }))
  }

  async #send<T>(request: (cut: Cut) => Promise<T>): Promise<T> {
    try {
      return await this.#withinLimit(request)
    } catch (error) {
      throw translateDynamoError(error, this.#table)
    }
  }

  async #sendUnlessRefused<T>(request: (cut: Cut) => Promise<unknown>, done: T): Promise<T | 'refused'> {
    try {
      await this.#withinLimit(request)
      return done
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return 'refused'
      throw translateDynamoError(error, this.#table)
    }
  }

  #withinLimit<T>(request: (cut: Cut) => Promise<T>): Promise<T> {
    const what = () => `a request to table ${this.#table}`
    return withinLimit(this.#timeLimit, what, (abortSignal) => request(abortSignal && { abortSignal }))
  }
}

/** The time limit of a request in the form of an SDK option. */
type Cut = { readonly abortSignal: AbortSignal } | undefined

function keyItem(key: RowKey): Record<string, SdkValue> {
  return { pk: { S: key.pk }, sk: { S: key.sk } }
}

function toRow(item: Record<string, SdkValue>): Row {
  const { pk, sk, ...rest } = item
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(rest)) attributes[name] = fromDynamoValue(value as DynamoValue)
  return { pk: pk?.S ?? '', sk: sk?.S ?? '', attributes }
}

/** Casts to the SDK's types, which differ from ours only in `readonly` and in types that Prism never writes. */
function sdkPlaceholders(placeholders: Placeholders): {
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, SdkValue>
} {
  return placeholders.used as { ExpressionAttributeValues?: DynamoItem & Record<string, SdkValue> }
}
