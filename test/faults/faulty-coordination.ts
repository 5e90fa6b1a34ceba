import type { Change, Condition, Coordination, ReadOptions, Row, RowKey } from '../../core/coordination/coordination.ts'
import type { RequestPlan } from './fault-plan.ts'

/** Number of former states of a row that an eventual read may return. */
const FORMER_ROWS_MAX = 3

/**
 * Rows whose requests have the faults of a plan. A repeated write returns `refused`, as a retrying
 * client does, because its own first try changed the row. Without faults and stale reads it
 * behaves like the underlying store.
 */
export class FaultyCoordination implements Coordination {
  readonly #base: Coordination
  readonly plan: RequestPlan
  readonly #staleReadRate: number
  readonly #former = new Map<string, (Row | undefined)[]>()

  /** @param staleReadRate probability that an eventual read returns a former state of the row */
  constructor(base: Coordination, plan: RequestPlan, staleReadRate = 0) {
    this.#base = base
    this.plan = plan
    this.#staleReadRate = staleReadRate
  }

  read(key: RowKey, options: ReadOptions): Promise<Row | undefined> {
    return this.plan.run(`read ${nameOf(key)}`, async () => {
      const former = this.#former.get(nameOf(key)) ?? []
      if (!options.consistent && former.length > 0 && this.plan.happens(this.#staleReadRate)) return former[0]
      return this.#base.read(key, options)
    })
  }

  write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    return this.plan.run(`write ${nameOf(key)}`, async () => {
      await this.#remember(key)
      return this.#base.write(key, change, conditions)
    })
  }

  delete(key: RowKey, conditions: readonly Condition[]): Promise<'deleted' | 'refused'> {
    return this.plan.run(`delete ${nameOf(key)}`, async () => {
      await this.#remember(key)
      return this.#base.delete(key, conditions)
    })
  }

  async *query(pk: string, skPrefix: string, options: ReadOptions & { readonly after?: string }): AsyncIterable<Row> {
    await this.plan.run(`query ${pk} ${skPrefix}`, async () => undefined)
    yield* this.#base.query(pk, skPrefix, options)
  }

  close(): Promise<void> {
    return this.#base.close()
  }

  async #remember(key: RowKey): Promise<void> {
    if (this.#staleReadRate === 0) return
    const former = this.#former.get(nameOf(key)) ?? []
    this.#former.set(nameOf(key), [...former, await this.#base.read(key, { consistent: true })].slice(-FORMER_ROWS_MAX))
  }
}

function nameOf(key: RowKey): string {
  return `${key.pk} ${key.sk}`
}
