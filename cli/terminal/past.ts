import type { PastRequest } from '../../core/engine/engine.ts'
import type { Arguments } from './arguments.ts'

/** Options that select past content of a collection. */
export const PAST_OPTIONS = {
  snapshot: { type: 'string', value: 'NAME', help: 'what a snapshot holds' },
  at: { type: 'string', value: 'TIME', help: 'what stood then, such as 2026-03-01T12:00:00Z' },
} as const

export function readPast({ strings: { snapshot, at } }: Arguments): PastRequest {
  return { ...(snapshot !== undefined && { snapshot }), ...(at !== undefined && { at_time: at }) }
}
