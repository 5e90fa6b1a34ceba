import { applyToModel, type ModelOperation, type ModelResult, type ModelState } from './sequential-model.ts'

/** One operation as its client saw it, in one order of events for all clients. */
export type Event = {
  readonly client: number
  readonly operation: ModelOperation
  readonly calledAt: number
  /** Infinity: its client never heard, so that it may be done at any later time. */
  readonly answeredAt: number
  /** Undefined: it may have been done, or never. */
  readonly result: ModelResult | undefined
}

/**
 * Looks for one order of a document's operations that explains every answer: each takes effect at one moment between
 * its call and its answer (Wing and Gong, "Testing and verifying concurrent objects", 1993, with the states that
 * were tried remembered, as Lowe has it).
 *
 * @returns undefined if there is one, else the most operations that could be explained
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
    // Nothing can come before an operation that was answered before it was called.
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
