import type { MatchQuery, SearchRequest } from '../../core/contract/search-request.ts'
import type { SchemaDeclaration } from '../../core/schema/schema-declaration.ts'

/** A schema with every kind of field that queries, filters and sort keys can name. */
export const ORACLE_SCHEMA: SchemaDeclaration = {
  fields: {
    title: 'text',
    body: { type: 'text', k1: 0.9, b: 0.4 },
    de: { type: 'text', language: 'german', column: true },
    notes: { type: 'text', stop_words: 'index' },
    tags: 'keyword',
    code: { type: 'keyword', normalizer: 'lowercase' },
    year: 'integer',
    size: 'float',
    draft: 'boolean',
    at: 'date',
    'author.name': 'keyword',
  },
  default_fields: ['title^2', 'body', 'notes^0.5'],
}

/** Words, some of which share a stem or a prefix, or are one edit apart; the first words are common. */
const WORDS = [
  ...['the', 'of', 'a', 'and', 'flow', 'heat', 'wing', 'layer', 'boundary', 'flows', 'heating', 'heated', 'wings'],
  ...[
    'laminar',
    'mach',
    'match',
    'march',
    'supersonic',
    'Überschall',
    'naïve',
    'wi-fi',
    'test',
    'text',
    'tent',
    'tests',
  ],
  ...[
    'flowing',
    'layers',
    'layered',
    'boundaries',
    'theory',
    'them',
    'therm',
    'thermal',
    '日本語',
    '日本',
    'x-ray',
    'U.S.',
    'macht',
    'mahc',
    'folw',
  ],
]
const TAGS = ['red', 'green', 'Blue', 'blue', 'New York', 'x', '']

/** Seeded, so that a failure can be repeated. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Uniform in [0, 1) (mulberry32). */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(end: number): number {
    return Math.floor(this.roll() * end)
  }

  isLess(chance: number): boolean {
    return this.roll() < chance
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }
}

/** Documents for {@link ORACLE_SCHEMA}: unordered ids, and missing, multiple and equal values. */
export function makeDocuments(seed: number, count: number): Record<string, unknown>[] {
  const dice = new Dice(seed)
  return Array.from({ length: count }, (_, i) => {
    const id = `${dice.pick(['', 'é', '\u{1f600}', 'z'])}${(i * 7919) % 100_003}`
    const document: Record<string, unknown> = { id, title: sentence(dice, 6), body: sentence(dice, 40) }
    if (dice.isLess(0.3)) document.title = [sentence(dice, 3), sentence(dice, 3)]
    if (dice.isLess(0.4)) document.de = sentence(dice, 8)
    if (dice.isLess(0.6)) document.notes = sentence(dice, 10)
    if (dice.isLess(0.7)) document.tags = Array.from({ length: dice.below(4) }, () => dice.pick(TAGS))
    if (dice.isLess(0.5)) document.code = dice.pick(['AbC', 'abc', 'XYZ', 'xy'])
    if (dice.isLess(0.8)) document.year = 1950 + dice.below(12)
    if (dice.isLess(0.1)) document.year = ['9007199254740993', 1955]
    if (dice.isLess(0.6)) document.size = [dice.below(20) / 4, -dice.below(3)].slice(0, 1 + dice.below(2))
    if (dice.isLess(0.6)) document.draft = dice.isLess(0.5)
    if (dice.isLess(0.6)) document.at = new Date(Date.UTC(2024, dice.below(12), 1 + dice.below(28))).toISOString()
    if (dice.isLess(0.4)) document.author = dice.isLess(0.5) ? { name: 'Ann' } : [{ name: 'Bob' }, { name: 'Ann' }]
    return document
  })
}

/** Search requests for {@link makeDocuments}: mostly query-language strings, some with filters and sort keys. */
export function makeRequests(seed: number, count: number): SearchRequest[] {
  const dice = new Dice(seed)
  return Array.from({ length: count }, (): SearchRequest => {
    const request: { -readonly [K in keyof SearchRequest]: SearchRequest[K] } = {}
    if (dice.isLess(0.95)) request.query = dice.isLess(0.1) ? matchQuery(dice) : makeQuery(dice)
    if (dice.isLess(0.15)) request.operator = 'and'
    if (dice.isLess(0.15)) request.field_mode = 'best'
    if (dice.isLess(0.1)) request.fuzziness = dice.pick(['auto', 1, 2] as const)
    if (dice.isLess(0.2))
      request.fields = dice.pick([
        ['body'],
        ['title^3', 'de'],
        ['de', 'notes'],
        ['body', 'tags^2'],
        ['title', 'body^0.3', 'de', 'notes'],
      ])
    if (dice.isLess(0.25)) request.filter = makeFilter(dice, 2)
    if (dice.isLess(0.2)) request.sort = makeSort(dice)
    if (dice.isLess(0.2)) request.offset = dice.below(15)
    request.limit = dice.pick([1, 10, 10, 50])
    request.total = dice.pick([true, true, false, 5])
    return request
  })
}

/** One query of the query language. */
export function makeQuery(dice: Dice, depth = 3): string {
  const kind = depth === 0 ? 0 : dice.below(10)
  if (kind < 4) return makeTerm(dice, depth)
  if (kind < 7)
    return Array.from(
      { length: 2 + dice.below(3) },
      () => dice.pick(['', '', '', '+', '-']) + makeTerm(dice, depth),
    ).join(' ')
  if (kind === 7) return `${makeTerm(dice, depth)} AND ${dice.pick(['', 'NOT '])}${makeTerm(dice, depth)}`
  if (kind === 8)
    return `${makeTerm(dice, depth)} OR ${dice.pick(['', '', 'NOT '])}${makeTerm(dice, depth)} ${makeTerm(dice, depth)}`
  return `(${makeQuery(dice, depth - 1)})${dice.pick(['', '^2', '^0.5'])} ${makeTerm(dice, depth)}`
}

/** Filters that only name fields of {@link ORACLE_SCHEMA}. */
export function makeFilter(dice: Dice, depth: number): Record<string, unknown> {
  const kind = dice.below(depth === 0 ? 11 : 14)
  const [low, high] = [1950 + dice.below(12), 1950 + dice.below(12)]
  switch (kind) {
    case 0:
      return {
        year: dice.pick<unknown>([low, null, [low, high], { ne: low }, '9007199254740993', { in: [low, null] }]),
      }
    case 1:
      return { year: { [dice.pick(['gt', 'gte'])]: low, [dice.pick(['lt', 'lte'])]: high } }
    case 2:
      return { year: { between: [low, high] }, size: { [dice.pick(['gt', 'gte', 'lt', 'lte'])]: dice.below(20) / 4 } }
    case 3:
      return {
        tags: dice.pick<unknown>([dice.pick(TAGS), ['red', 'x'], { nin: ['red'] }, { contains_all: ['red', 'blue'] }]),
      }
    case 4:
      return {
        tags: dice.pick<unknown>([{ prefix: 'b' }, { exists: true }, { gte: 'blue', lt: 'red' }, { exists: false }]),
      }
    case 5:
      return { code: dice.pick<unknown>(['ABC', { prefix: 'X' }, { gt: 'abc' }]) }
    case 6:
      return { draft: dice.pick<unknown>([true, false, null, { ne: true }]) }
    case 7:
      return {
        at: dice.pick<unknown>([
          { gte: '2024-06' },
          { lt: Date.UTC(2024, 3) },
          { between: ['2024-02-01', '2024-09-30'] },
        ]),
      }
    case 8:
      return {
        author: dice.pick<unknown>([
          { name: 'Ann' },
          null,
          { name: { contains_all: ['Ann', 'Bob'] } },
          { exists: true },
        ]),
      }
    case 9:
      return { notes: { exists: dice.isLess(0.5) } }
    case 10:
      return { de: dice.pick<unknown>([{ prefix: 't' }, { gt: 'm' }, null]) }
    case 11:
      return { and: [makeFilter(dice, depth - 1), makeFilter(dice, depth - 1)] }
    case 12:
      return { or: [makeFilter(dice, depth - 1), makeFilter(dice, depth - 1)] }
    default:
      return { not: makeFilter(dice, depth - 1) }
  }
}

function matchQuery(dice: Dice): MatchQuery {
  return {
    match: `${sentence(dice, 4)}? (${dice.pick(WORDS)}: -`,
    ...(dice.isLess(0.3) ? { operator: 'and' } : {}),
    ...(dice.isLess(0.3) ? { fuzziness: 'auto' } : {}),
    ...(dice.isLess(0.3) ? { prefix_last: true } : {}),
  }
}

function makeTerm(dice: Dice, depth: number): string {
  const field = dice.pick(['', '', '', '', 'title:', 'body:', 'de:', 'notes:'])
  const word = dice.pick(WORDS)
  switch (dice.below(depth === 0 ? 12 : 14)) {
    case 0:
      return `${field}"${sentence(dice, 1 + dice.below(3))}"${dice.pick(['', '', '~1', '~2', '~5', '~120'])}`
    case 1:
      return `${field}"boundary layer"${dice.pick(['', '~1', '~2^2'])}`
    case 2:
      return `${field}${word.slice(0, 1 + dice.below(3))}*`
    case 3:
      return `${field}${dice.pick(['te?t', 'h*t', '?ach', '*ing', 't*s', 'fl?w*', 'tags:*e*'])}`
    case 4:
      return `${field}${dice.pick(['mach', 'test', 'heat', 'flow', 'therm'])}${dice.pick(['~', '~1', '~2'])}`
    case 5:
      return dice.pick(['year:1955', 'year:>=1955', 'year:<1953', 'year:[1952 TO 1956}', 'year:{* TO 1955]', 'year:*'])
    case 6:
      return dice.pick([
        'tags:red',
        'tags:"New York"',
        'tags:bl*',
        'code:ABC',
        'tags:[a TO g]',
        'author.name:Ann',
        'tags:*',
      ])
    case 7:
      return dice.pick(['draft:true', 'size:>=2.5', 'at:[2024-03-01 TO 2024-08-01]', 'de:*', 'notes:*', '*', 'size:-1'])
    case 8:
      return `${field}${word}^${dice.pick(['2', '0.5', '0'])}`
    case 12:
    case 13:
      return `${field}(${makeQuery(dice, depth - 1)})`
    default:
      return field + word
  }
}

function makeSort(dice: Dice): string[] {
  const keys = ['year', '-year', 'size', '-size', 'tags', '-tags', 'de', 'draft', '-at', 'code', '_score', 'id', '-id']
  return Array.from({ length: 1 + dice.below(2) }, () => dice.pick(keys))
}

/** Picks the first words of the vocabulary far more often than the last. */
function sentence(dice: Dice, words: number): string {
  return Array.from({ length: 1 + dice.below(words) }, () => WORDS[Math.floor(dice.roll() ** 2 * WORDS.length)]!).join(
    ' ',
  )
}
