/** Lowest rank first. A file may import from its own unit and from lower ranks, but not from other units of its rank. */
const RANKS: readonly (readonly string[])[] = [
  ['core/errors', 'core/assert', 'core/clock', 'core/random', 'core/prism-version', 'core/edit-distance', 'core/quote'],
  [
    'core/describe-found',
    'core/json-record',
    'core/system-clock',
    'core/system-random',
    'core/utf8',
    'core/nearest-name',
    'core/planned',
    'core/message-pack',
    'core/byte-budget',
    'core/memory-allowance',
    'core/public-error',
    'core/failure-record',
    'core/time-limit',
    'core/time-slice',
    'core/thawing-clock',
  ],
  ['core/bytes', 'core/cache'],
  ['core/storage', 'core/coordination', 'core/analysis'],
  ['core/postings', 'core/columns'],
  ['core/dictionary'],
  ['core/fields', 'core/threads'],
  ['core/schema'],
  ['core/contract'],
  ['core/segment/format'],
  ['core/segment/write', 'core/segment/read'],
  ['core/segment/merge'],
  ['core/segment/scrub'],
  ['core/version'],
  ['core/collections'],
  ['core/writing'],
  ['core/compaction'],
  ['core/garbage'],
  ['core/query/language'],
  ['core/query/filter'],
  ['core/reading'],
  ['core/query/score'],
  ['core/query/sort'],
  ['core/query/search'],
  ['core/repair', 'core/cluster'],
  ['core/transport'],
  ['core/engine'],
  ['core/client'],
  ['core/http', 'core/open'],
  ['functions', 'cli'],
]

/** The unit that a file belongs to, and its rank; -1 if the file belongs to none. */
export function placeOf(path: string): { unit: string; rank: number } {
  const rank = RANKS.findIndex((units) => units.some((unit) => isIn(path, unit)))
  return { unit: RANKS[rank]?.find((unit) => isIn(path, unit)) ?? path, rank }
}

function isIn(path: string, unit: string): boolean {
  return path.startsWith(`${unit}/`) || path === `${unit}.ts`
}
