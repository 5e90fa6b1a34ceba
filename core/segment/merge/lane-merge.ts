import type { Bitset } from '../../bytes/bitset.ts'
import { compareToSpan } from '../../bytes/compare-bytes.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { LaneCursor } from './lane-cursor.ts'
import type { LiveSource } from './live-documents.ts'

/** A cursor over a lane of source number `s`. */
export type Member = { readonly cursor: LaneCursor; readonly s: number }

/**
 * Opens a lane of all sources.
 *
 * @param options.only ordinals to stop at, by source. Default: all
 */
export async function openLane(
  sources: readonly LiveSource[],
  name: { readonly field: FieldNumber; readonly lane: Lane },
  { lists, only }: { readonly lists: 'postings' | 'positions'; readonly only?: readonly Bitset[] },
): Promise<Member[]> {
  const members: Member[] = []
  for (const [s, source] of sources.entries()) {
    const wanted = only?.[s]
    if (wanted?.every((word) => word === 0)) continue
    members.push({ cursor: new LaneCursor(source, name, { lists, only: wanted }), s })
  }
  await Promise.all(members.map(({ cursor }) => cursor.start()))
  return members
}

/**
 * Walks through the distinct entries of several lanes, in ascending order. A form of
 * several terms has an entry for each term.
 */
export class LaneMerge {
  readonly #members: readonly Member[]
  #group: Member[] = []

  constructor(members: readonly Member[]) {
    this.#members = members
    this.#findGroup()
  }

  /** The cursors at the current entry, in the order of their sources; empty at the end. */
  get group(): readonly Member[] {
    return this.#group
  }

  /** Moves to the next entry. Returns a promise only if a cursor has to fetch, because most entries need no waiting. */
  advance(): Promise<void> | undefined {
    let pending: Promise<void>[] | undefined
    for (const { cursor } of this.#group) {
      const fetching = cursor.advance()
      if (fetching === undefined) continue
      pending ??= []
      pending.push(fetching)
    }
    if (pending === undefined) {
      this.#findGroup()
      return undefined
    }
    return Promise.all(pending).then(() => this.#findGroup())
  }

  #findGroup(): void {
    const group: Member[] = []
    for (const member of this.#members) {
      if (member.cursor.term === undefined) continue
      const order = group.length === 0 ? -1 : compareEntries(member.cursor, group[0]!.cursor)
      if (order < 0) group.length = 0
      if (order <= 0) group.push(member)
    }
    this.#group = group
  }
}

/** Orders entries by term, and forms of the same spelling by the terms that they are indexed under. */
function compareEntries(a: LaneCursor, b: LaneCursor): number {
  return compareBytes(a.term!, b.term!) || compareBytes(a.indexedTerm, b.indexedTerm)
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareToSpan(a, b, 0, b.length)
}
