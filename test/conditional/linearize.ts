import { applyToModel, type ModelOperation, type ModelResult, type ModelState } from './sequential-model.ts'

/** One operation as its client saw it. Times are positions in the events of all clients. */
export type Event = {
  readonly client: number
  readonly operation: ModelOperation
  readonly calledAt: number
  /** Infinity without an answer: the operation may take effect at any later time. */
  readonly answeredAt: number
  /** Undefined if the operation may or may not have taken effect. */
  readonly result: ModelResult | undefined
}

/**
 * Searches for an order of a document's operations that explains every answer. Each operation takes effect at one moment
 * between its call and its answer (Wing and Gong, "Testing and verifying concurrent objects", 1993; states that were
 * already tried are remembered, as Lowe proposed).
 *
 * @returns undefined if there is such an order, otherwise a description of the longest order found
 */
export function explainHistory(id: string, events: readonly Event[]): string | undefined {
  const tried = new Set<string>()
  let best: readonly Event[] = []
  const must = events.filter(({ result }) => result !== undefined).length

  const search = (done: bigint, state: ModelState, order: readonly Event[], explained: number): boolean => {
    if (explained === must) return true
    const key = `${done} ${state}`
    if (tried.has(key)) return false
    tried.add(key)
    if (order.length > best.length) best = order
    const open = events.map((event, i) => ({ event, i })).filter(({ i }) => !((done >> BigInt(i)) & 1n))
    // An operation must follow all operations that were answered before its call.
    const needed = open.filter(({ event }) => event.result !== undefined)
    const firstAnswer = Math.min(...needed.map(({ event }) => event.answeredAt))
    const lastCall = Math.max(0, ...order.map((event) => event.calledAt))
    for (const { event, i } of open) {
      if (event.calledAt > firstAnswer || event.answeredAt < lastCall) continue
      const next = applyToModel(id, state, event.operation)
      if (!next || (event.result !== undefined && next.result !== event.result)) continue
      const counts = event.result === undefined ? 0 : 1
      if (search(done | (1n << BigInt(i)), next.state, [...order, event], explained + counts)) return true
    }
    return false
  }

  if (search(0n, undefined, [], 0)) return undefined
  const left = events.filter((event) => !best.includes(event))
  const show = (event: Event) => JSON.stringify(event)
  return `${id}: no order explains\n${left.map(show).join('\n')}\nafter\n${best.map(show).join('\n')}`
}
