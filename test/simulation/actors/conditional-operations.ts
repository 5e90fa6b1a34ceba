import type { Engine, WriteConditions, WriteOperation } from '../../../core/engine/engine.ts'
import type { PrismError } from '../../../core/errors.ts'
import type { ModelCondition, ModelOperation } from '../../conditional/sequential-model.ts'
import type { AtomicWrite } from '../history/history.ts'
import type { ToldOperation } from '../history/operation-history.ts'
import { type Client, codeOf, NAME, remember, rememberWritten } from './client.ts'

/** Nobody else writes to these, so that all operations on them are known with what they were answered. */
export const CONDITIONAL_IDS = ['c0', 'c1', 'c2']

export type WriteModel = Exclude<ModelOperation, { readonly kind: 'read' | 'update_where' }>

/** One operation that is under way. */
type Under = {
  readonly id: string
  readonly model: WriteModel
  readonly write: AtomicWrite
  readonly told: ToldOperation
}

/** What became of one operation. */
type Fate = { readonly result: string; readonly version: string | null } | { readonly error: FailedWith }

type FailedWith = { readonly code: string; readonly details?: { readonly [member: string]: unknown } }

/** Says what a client does to a document: something under the number `n`, which no other write has. */
export type Draw = (client: Client, id: string, n: number) => WriteModel

export type Trial = {
  readonly ids: readonly string[]
  readonly isAtomic: boolean
  readonly draw: Draw
}

/** Does one operation on each of some documents, all or nothing or each for itself, and takes note of the answers. */
export async function tryOperations(client: Client, { ids, isAtomic, draw }: Trial): Promise<void> {
  const { history, process, scheduler } = client
  const batch = ids.map((id) => begin(client, id, draw))
  if (isAtomic) history.beginAtomic(batch.map(({ write }) => write))
  const what = () => batch.map(({ id, model, write }) => `${model.kind} ${id}=${write.n}`).join(' ')
  scheduler.log(() => `${process.name} ${isAtomic ? 'TRIES ALL OF' : 'TRIES'} ${what()}`)
  let answer: { readonly fates: readonly Fate[]; readonly session: string }
  try {
    answer = await send(client.engine, batch, isAtomic)
  } catch (error) {
    if (!process.isAlive) return
    const code = codeOf(history, error, CONFLICTS)
    scheduler.log(() => `${process.name} HEARD ${code} of ${what()}`)
    const { position = 0, ...details } = (error as PrismError).details as { position?: number }
    for (const [i, one] of batch.entries()) {
      // Of a batch that is done as a whole or not, the answer says which of them could not be done.
      const isOther = CONFLICTS.includes(code) && i !== position
      settle(client, one, { error: { code: isOther ? 'not_done' : code, details } }, '')
    }
    return
  }
  if (!process.isAlive) return
  scheduler.log(() => `${process.name} TRIED ${what()}: ${answer.fates.map((fate) => JSON.stringify(fate))}`)
  for (const [i, one] of batch.entries()) settle(client, one, answer.fates[i]!, answer.session)
  remember(client, answer.session)
  rememberWritten(client, answer.session)
}

function begin(client: Client, id: string, draw: Draw): Under {
  const { history, process, nextNumber } = client
  const n = nextNumber()
  const model = draw(client, id, n)
  const kind = model.kind === 'delete' ? 'delete' : 'put'
  const write = history.begin({ kind, process, id, n }) as AtomicWrite
  return { id, model, write, told: history.operations.begin(client.number, id, model) }
}

const CONFLICTS: readonly string[] = ['version_conflict', 'document_not_found']

/** One operation goes by the route of a single document, several as a batch. */
async function send(engine: Engine, batch: readonly Under[], isAtomic: boolean) {
  const [first] = batch
  if (batch.length === 1 && first && !isAtomic) {
    const { result, version = null, session } = await sendOne(engine, first)
    return { fates: [{ result, version }], session }
  }
  const { results, errors, session } = await engine.writeOperations(NAME, batch.map(toOperation), { atomic: isAtomic })
  const failed = new Map(errors.map(({ position, error }) => [position, error]))
  const fates = results.map(({ status, version }, i): Fate => {
    const error = failed.get(i)
    return error ? { error } : { result: status, version }
  })
  return { fates, session }
}

async function sendOne(engine: Engine, { id, model }: Under) {
  const conditions = toConditions(model.condition)
  switch (model.kind) {
    case 'put': {
      const { created, version, session } = await engine.putDocument(NAME, id, model.document, conditions)
      return { result: created ? 'created' : 'replaced', version, session }
    }
    case 'patch': {
      const { changed, version, session } = await engine.patchDocument(NAME, id, model.patch, conditions)
      return { result: changed ? 'patched' : 'unchanged', version, session }
    }
    case 'delete': {
      const { deleted, session } = await engine.deleteDocument(NAME, id, conditions)
      return { result: deleted > 0 ? 'deleted' : 'missing', session }
    }
  }
}

function toOperation({ id, model }: Under): WriteOperation {
  const conditions = toConditions(model.condition)
  if (model.kind === 'delete') return { delete: id, ...conditions }
  return model.kind === 'put'
    ? { put: model.document as Record<string, unknown>, ...conditions }
    : { patch: model.patch, id, ...conditions }
}

function toConditions({ absent, present, version }: ModelCondition = {}): WriteConditions {
  if (version !== undefined) return { if_version: version }
  return absent ? { if_absent: true } : present ? { if_present: true } : {}
}

function settle(client: Client, { write, told }: Under, fate: Fate, session: string): void {
  const { history } = client
  if ('result' in fate) {
    history.acknowledge(write, session)
    learn(client, told, `${fate.result} ${fate.version}`, fate.version)
    return
  }
  const { code, details } = fate.error
  history.settle(write, code, true)
  switch (code) {
    case 'outcome_unknown':
      return
    case 'version_conflict': {
      const version = details!.current_version as string | null
      learn(client, told, `conflict ${version}`, version)
      return
    }
    case 'document_not_found':
      learn(client, told, 'not_found', null)
      return
    default:
      history.operations.refuse(told)
  }
}

/** Takes note of an answer, and of the version that it showed. */
export function learn(
  { history, versions }: Client,
  told: ToldOperation,
  result: string,
  version: string | null,
): void {
  history.operations.answer(told, result)
  if (version === null) versions.delete(told.id)
  else versions.set(told.id, version)
}
