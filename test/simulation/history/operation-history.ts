import { type Event, explainHistory } from '../../conditional/linearize.ts'
import type { ModelOperation } from '../../conditional/sequential-model.ts'

/** One operation of a client on one document. */
export type ToldOperation = { -readonly [member in keyof Event]: Event[member] } & { readonly id: string }

/** Operations that depend on what is stored, and what their clients were told: for each document some one order explains all. */
export class OperationHistory {
  readonly #told: ToldOperation[] = []
  #time = 0

  /** Until it is answered it may be done, or never. */
  begin(client: number, id: string, operation: ModelOperation): ToldOperation {
    const answeredAt = Number.POSITIVE_INFINITY
    const told = { client, id, operation, calledAt: ++this.#time, answeredAt, result: undefined }
    this.#told.push(told)
    return told
  }

  answer(told: ToldOperation, result: string): void {
    told.answeredAt = ++this.#time
    told.result = result
  }

  /** Its client was told that it was not done, for a reason that says nothing of the document. */
  refuse(told: ToldOperation): void {
    this.#told.splice(this.#told.indexOf(told), 1)
  }

  /** @returns what no order explains, if anything */
  unexplained(): string | undefined {
    const ids = [...new Set(this.#told.map(({ id }) => id))]
    return ids
      .map((id) =>
        explainHistory(
          id,
          this.#told.filter((told) => told.id === id),
        ),
      )
      .find((unexplained) => unexplained !== undefined)
  }
}
