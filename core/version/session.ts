import { SESSION_CHARACTERS_MAX, SESSION_TOKENS_MAX } from '../contract/limits.ts'
import { CorruptDataError, InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'
import { RecordReader, RecordWriter } from './record-codec.ts'

const SESSION_FORMAT_VERSION = 1

/** For each uid the versions that a client has written or read, by shard; 0 for shards that it has not touched. */
export type SessionVersions = ReadonlyMap<string, readonly number[]>

/** Encodes versions as an opaque token, which is safe in headers and URLs. */
export function encodeSession(sessions: SessionVersions): string {
  const out = new RecordWriter()
  out.number(SESSION_FORMAT_VERSION)
  out.number(sessions.size)
  for (const [uid, versions] of sessions) {
    out.name(uid)
    out.number(versions.length)
    for (const version of versions) out.number(version)
  }
  return Buffer.from(out.finish()).toString('base64url')
}

/**
 * Decodes several tokens, separated by commas, to the newest version of each shard.
 *
 * @throws {InvalidRequestError} 'invalid_session' for an invalid token, or too many
 */
export function decodeSession(session: string): SessionVersions {
  const tokens = session
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
  if (session.length > SESSION_CHARACTERS_MAX || tokens.length > SESSION_TOKENS_MAX) {
    throw new InvalidRequestError(
      'invalid_session',
      `session must be at most ${SESSION_TOKENS_MAX} tokens in ${SESSION_CHARACTERS_MAX} characters, got ${tokens.length} in ${session.length}`,
    )
  }
  const union = new Map<string, number[]>()
  for (const token of tokens) {
    for (const [uid, versions] of decodeToken(token)) {
      const known = union.get(uid) ?? []
      union.set(
        uid,
        versions.map((version, shard) => Math.max(version, known[shard] ?? 0)).concat(known.slice(versions.length)),
      )
    }
  }
  return union
}

function decodeToken(token: string): Map<string, number[]> {
  try {
    const input = new RecordReader(Buffer.from(token, 'base64url'), 'session token')
    const format = input.number()
    input.check(format === SESSION_FORMAT_VERSION, `format version ${format}, expected ${SESSION_FORMAT_VERSION}`)
    const sessions = new Map<string, number[]>()
    const count = input.number()
    for (let i = 0; i < count; i++) {
      const uid = input.name()
      const versions: number[] = []
      const shardCount = input.number()
      for (let shard = 0; shard < shardCount; shard++) versions.push(input.number())
      sessions.set(uid, versions)
    }
    input.end()
    return sessions
  } catch (error) {
    if (!(error instanceof CorruptDataError)) throw error
    throw new InvalidRequestError(
      'invalid_session',
      `session: expected the session of an earlier answer, got ${quote(token)}`,
      {
        cause: error,
      },
    )
  }
}
