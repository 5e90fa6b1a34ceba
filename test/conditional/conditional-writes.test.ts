import { expect, test } from 'vitest'
import type { Engine, OperationsAnswer, WriteOperation } from '../../core/engine/engine.ts'
import { OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { type EnginesWorld, FAULTS, openEngines, SEEDS } from './faulty-engines.ts'
import { type Event, explainHistory } from './linearize.ts'
import { type ModelCondition, type ModelOperation, modelVersion } from './sequential-model.ts'

const IDS = ['a', 'b', 'c', 'd', 'e']
const CLIENTS = 6
const OPERATIONS = 14

for (const [name, rates] of Object.entries(FAULTS)) {
  test.each(SEEDS)(`one order per document explains all answers, faults: ${name}, seed %i`, async (seed) => {
    const world = openEngines(seed, rates, 3)
    await world.calm.createCollection('books', { shards: 1 + (seed % 4), schema: { fields: { kind: 'integer' } } })
    const history = new History()

    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => runClient(world, history, i)))
    await history.readAll(world.calm)

    const unexplained = IDS.map((id) => explainHistory(id, history.of(id))).filter((found) => found !== undefined)
    expect(unexplained).toEqual([])
    expect(history.answered).toBeGreaterThan(CLIENTS * OPERATIONS * 0.3)
  })
}

/** Operations and answers of all clients, by document. */
class History {
  readonly #events = new Map<string, Event[]>()
  #time = 0
  answered = 0

  of(id: string): readonly Event[] {
    return this.#events.get(id) ?? []
  }

  tick(): number {
    return ++this.#time
  }

  add(id: string, event: Event): void {
    if (event.result !== undefined) this.answered++
    this.#events.set(id, [...this.of(id), event])
  }

  async readAll(engine: Engine): Promise<void> {
    const calledAt = this.tick()
    const found = await engine.getVersioned('books', IDS)
    for (const [i, id] of IDS.entries()) {
      const result = `read ${found[i]?.version ?? null}`
      this.add(id, { client: -1, operation: { kind: 'read' }, calledAt, answeredAt: this.tick(), result })
    }
  }
}

async function runClient({ engines, random }: EnginesWorld, history: History, client: number): Promise<void> {
  const engine = engines[client % engines.length]!
  /** Versions that this client has seen, by id, which its conditions use. */
  const seen = new Map<string, string>()
  for (let turn = 0; turn < OPERATIONS; turn++) {
    const kind = random.number()
    if (kind < 0.15) await readOne(engine, history, { client, id: pick(random, IDS), seen })
    else if (kind < 0.22) await updateWhere(engine, history, { client, turn, random })
    else await writeBatch(engine, history, { client, turn, random, seen })
  }
}

async function readOne(
  engine: Engine,
  history: History,
  { client, id, seen }: { client: number; id: string; seen: Map<string, string> },
): Promise<void> {
  const calledAt = history.tick()
  try {
    const [found] = await engine.getVersioned('books', [id])
    if (found) {
      seen.set(id, found.version)
      expect(found.version).toBe(modelVersion(id, JSON.stringify(found.document)))
    }
    const result = `read ${found?.version ?? null}`
    history.add(id, { client, operation: { kind: 'read' }, calledAt, answeredAt: history.tick(), result })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
  }
}

/** The answer to an update by filter does not name the changed documents, so each may have been changed. */
async function updateWhere(
  engine: Engine,
  history: History,
  { client, turn, random }: { client: number; turn: number; random: Random },
): Promise<void> {
  const calledAt = history.tick()
  const equals = Math.floor(random.number() * 3)
  const patch = { by: client * 100 + turn }
  let answeredAt = Number.POSITIVE_INFINITY
  try {
    const { failed } = await engine.updateByFilter('books', { filter: { kind: equals }, patch })
    expect(failed).toBe(0)
    answeredAt = history.tick()
  } catch (error) {
    if (!(error instanceof UnavailableError || error instanceof OutcomeUnknownError)) throw error
  }
  const operation = { kind: 'update_where', member: 'kind', equals, patch } as const
  for (const id of IDS) {
    history.add(id, { client, operation, calledAt, answeredAt, result: undefined })
  }
}

async function writeBatch(
  engine: Engine,
  history: History,
  { client, turn, random, seen }: { client: number; turn: number; random: Random; seen: Map<string, string> },
): Promise<void> {
  const ids = IDS.filter(() => random.number() < 0.3)
  const models = ids.map((id) => ({ id, model: drawOperation(random, { id, token: client * 100 + turn, seen }) }))
  const calledAt = history.tick()
  let answer: OperationsAnswer
  try {
    answer = await engine.writeOperations('books', models.map(toOperation))
  } catch (error) {
    // A refused operation must never have an effect, so it is not part of the history.
    if (error instanceof UnavailableError) return
    if (!(error instanceof OutcomeUnknownError)) throw error
    for (const { id, model } of models) history.add(id, unknown(client, model, calledAt))
    return
  }
  const answeredAt = history.tick()
  for (const [position, { id, model }] of models.entries()) {
    const { status, version } = answer.results[position]!
    if (version !== null) seen.set(id, version)
    const error = answer.errors.find((one) => one.position === position)?.error
    if (error?.code === 'outcome_unknown') {
      history.add(id, unknown(client, model, calledAt))
      continue
    }
    const result = error ? resultOfError(error) : `${status} ${version}`
    if (result !== undefined) history.add(id, { client, operation: model, calledAt, answeredAt, result })
  }
}

function unknown(client: number, operation: ModelOperation, calledAt: number): Event {
  return { client, operation, calledAt, answeredAt: Number.POSITIVE_INFINITY, result: undefined }
}

function resultOfError({ code, details }: OperationsAnswer['errors'][number]['error']): string | undefined {
  if (code === 'version_conflict') return `conflict ${details!.current_version}`
  if (code === 'document_not_found') return 'not_found'
  if (['injected_fault', 'throttled', 'commit_contention', 'deadline_exceeded'].includes(code)) return undefined
  throw new Error(`unexpected failure ${code}`)
}

type Draw = { readonly id: string; readonly token: number; readonly seen: ReadonlyMap<string, string> }

function drawOperation(random: Random, { id, token, seen }: Draw): ModelOperation {
  const condition = drawCondition(random, seen.get(id))
  const kind = random.number()
  if (kind < 0.15) return { kind: 'delete', condition }
  if (kind < 0.6) {
    // Few values, so that a document sometimes returns to an earlier version.
    const document = { id, kind: Math.floor(random.number() * 3), n: Math.floor(random.number() * 4) }
    return { kind: 'put', document, condition }
  }
  const member = `m${Math.floor(random.number() * 4)}`
  return { kind: 'patch', patch: { [member]: random.number() < 0.2 ? null : token }, condition }
}

function drawCondition(random: Random, version: string | undefined): ModelCondition {
  const kind = random.number()
  if (kind < 0.5 && version !== undefined) return { version }
  if (kind < 0.65) return { absent: true }
  return kind < 0.75 ? { present: true } : {}
}

function toOperation({ id, model }: { id: string; model: ModelOperation }): WriteOperation {
  if (model.kind === 'read' || model.kind === 'update_where') throw new Error('no operation of a batch')
  const { absent, present, version } = model.condition ?? {}
  const condition = {
    ...(absent && { if_absent: true as const }),
    ...(present && { if_present: true as const }),
    ...(version !== undefined && { if_version: version }),
  }
  if (model.kind === 'put') return { put: model.document as Record<string, unknown>, ...condition }
  return model.kind === 'patch' ? { patch: model.patch, id, ...condition } : { delete: id, ...condition }
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random.number() * items.length)]!
}
