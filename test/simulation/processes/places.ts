import type {
  Change,
  Condition,
  Coordination,
  ReadOptions,
  Row,
  RowKey,
} from '../../../core/coordination/coordination.ts'
import type { ByteRange, ListedObject, ObjectStore } from '../../../core/storage/object-store.ts'
import type { Network } from './network.ts'
import type { SimProcess } from './process.ts'

/** Former states of a row that an eventual read may still answer. */
const FORMER_ROWS_MAX = 3

/** The object store as one process sees it: through the network. */
export class SimObjectStore implements ObjectStore {
  readonly #base: ObjectStore
  readonly #network: Network
  readonly #process: SimProcess

  constructor(base: ObjectStore, network: Network, process: SimProcess) {
    this.#base = base
    this.#network = network
    this.#process = process
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#send(`get ${key}${range ? ` ${range.start}–${range.end}` : ''}`, () => this.#base.get(key, range))
  }

  put(key: string, body: Uint8Array): Promise<void> {
    return this.#send(`put ${key}`, () => this.#base.put(key, body))
  }

  /** Chunks are made in the process, which may need requests of its own; what it uploads then arrives as one. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(new Uint8Array(chunk))
    const body = Buffer.concat(parts)
    await this.#send(`put stream ${key}`, () => this.#base.put(key, body))
    return body.length
  }

  async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    yield* await this.#send(`list ${prefix}`, () => gather(this.#base.list(prefix, after)))
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#send(`delete ${keys.join(' ')}`, () => this.#base.delete(keys))
  }

  #send<T>(what: string, perform: () => Promise<T>): Promise<T> {
    return this.#network.send(this.#process, what, 'object', perform)
  }
}

/** The rows as one process sees them: through the network, and where it allows that, as they were. */
export class SimCoordination implements Coordination {
  readonly #base: Coordination
  readonly #network: Network
  readonly #process: SimProcess
  readonly #former: FormerRows

  constructor(base: Coordination, network: Network, process: SimProcess, former: FormerRows) {
    this.#base = base
    this.#network = network
    this.#process = process
    this.#former = former
  }

  read(key: RowKey, options: ReadOptions): Promise<Row | undefined> {
    return this.#send(`read ${nameOf(key)}`, async () => {
      if (!options.consistent && this.#network.happens(this.#network.settings.staleRead)) {
        const former = this.#former.oldest(key)
        if (former) return former.row
      }
      return this.#base.read(key, options)
    })
  }

  write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    return this.#send(`write ${nameOf(key)} ${describe(change)}`, async () => {
      await this.#former.keep(this.#base, key)
      return this.#base.write(key, change, conditions)
    })
  }

  delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    return this.#send(`delete ${nameOf(key)}`, async () => {
      await this.#former.keep(this.#base, key)
      return this.#base.delete(key, conditions)
    })
  }

  async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
    yield* await this.#send(`query ${pk} ${skPrefix}`, () => gather(this.#base.query(pk, skPrefix, options)))
  }

  async close(): Promise<void> {}

  #send<T>(what: string, perform: () => Promise<T>): Promise<T> {
    return this.#network.send(this.#process, what, 'row', perform)
  }
}

/** What rows were before their last changes. */
export class FormerRows {
  readonly #rows = new Map<string, { readonly row: Row | undefined }[]>()

  oldest(key: RowKey): { readonly row: Row | undefined } | undefined {
    return this.#rows.get(nameOf(key))?.[0]
  }

  async keep(base: Coordination, key: RowKey): Promise<void> {
    const row = await base.read(key, { consistent: true })
    this.#rows.set(nameOf(key), [...(this.#rows.get(nameOf(key)) ?? []), { row }].slice(-FORMER_ROWS_MAX))
  }
}

async function gather<T>(values: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = []
  for await (const value of values) gathered.push(value)
  return gathered
}

function nameOf({ pk, sk }: RowKey): string {
  return `${pk} ${sk}`
}

/** What tells one write of a row from another, for the trace. */
function describe({ set = {} }: Change): string {
  return ['version', 'commitId', 'epoch', 'state', 'gcFloor', 'uid']
    .flatMap((name) => (set[name] === undefined ? [] : [`${name}=${String(set[name])}`]))
    .join(' ')
}
