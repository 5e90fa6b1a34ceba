import type { Engine } from '../../../core/engine/engine.ts'
import { PrismError } from '../../../core/errors.ts'
import { decodeSession, encodeSession } from '../../../core/version/session.ts'
import type { History } from '../history/history.ts'
import { fail } from '../history/known-shard.ts'
import type { Chance } from '../processes/chance.ts'
import type { SimProcess } from '../processes/process.ts'
import { type Scheduler, Violation } from '../processes/scheduler.ts'

/** The one name that all clients use. */
export const NAME = 'books'

/** What an actor acts with: one client of one process. */
export type Client = {
  readonly process: SimProcess
  readonly engine: Engine
  readonly chance: Chance
  readonly history: History
  readonly scheduler: Scheduler
  readonly ids: readonly string[]
  readonly shardCount: number
  /** Whether the store takes an object for newer than it is. */
  readonly seemsNewer: (key: string) => boolean
  /** A number that no other write has. */
  readonly nextNumber: () => number
  /** Its number. */
  readonly number: number
  /** All clients there have been, itself among them: they hand sessions and versions to each other. */
  readonly all: readonly Client[]
  /** Lets something else happen at the same time, which nobody waits for. */
  readonly beside: (acting: Promise<void>) => void
  /** Session token of all that this client has read and written. */
  session: string | undefined
  /** Versions of documents that it has seen, by id: what it bases conditions on. */
  readonly versions: Map<string, string>
  /** Per shard the versions that this process has answered an eventual read from, or acknowledged, and when. */
  readonly seen: Map<string, { readonly version: number; readonly atStep: number }[]>
}

/** One thing that a client does: returns when it is answered. */
export type Actor = (client: Client) => Promise<void>

/** Errors that faults bring about. Everything else is a mistake of core. */
const EXPECTED = new Set([
  'unavailable',
  'throttled',
  'deadline_exceeded',
  'commit_contention',
  'compaction_contention',
  'outcome_unknown',
  'node_unreachable',
  'collection_not_found',
  'collection_exists',
  'collection_changed',
  'schema_contention',
  'overloaded',
  'shard_timeout',
  'shards_failed',
  'not_enough_shards',
])

/**
 * The code of an error, which says what became of a request.
 *
 * @param asked codes of what this request may be told besides: the caller checks whether rightly
 * @throws {Violation} for an error that nothing explains
 */
export function codeOf(history: History, error: unknown, asked: readonly string[] = []): string {
  if (error instanceof Violation) throw error
  const code = error instanceof PrismError ? error.code : ''
  if (EXPECTED.has(code) || asked.includes(code)) return code
  // Whoever is at it while a collection is removed meets that.
  const [, uid] = /\bno object c\/(\w+)\//.exec(String(error)) ?? []
  if (code === 'object_not_found' && history.shards.get(`${uid}#0`)?.deleted) return 'collection_not_found'
  return fail(`an error that no fault explains: ${error instanceof Error ? error.stack : error}`)
}

/** Takes note of what a client was answered, for the session it is in. */
export function remember(client: Client, session: string): void {
  client.session = encodeSession(decodeSession(client.session === undefined ? session : `${client.session},${session}`))
}

/** What is acknowledged on a process is seen by its next search, however eventual. */
export function rememberWritten({ seen, scheduler }: Client, session: string): void {
  for (const [uid, versions] of decodeSession(session)) {
    for (const [shard, version] of versions.entries()) {
      const before = seen.get(`${uid}#${shard}`) ?? []
      seen.set(`${uid}#${shard}`, [...before, { version, atStep: scheduler.step }])
    }
  }
}
