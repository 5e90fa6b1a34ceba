import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { seededRandom } from '../../test/faults/seeded-random.ts'

/** Number of additional fields with one word each. */
export const SMALL_FIELDS = 30

const SMALL_NAMES = Array.from({ length: SMALL_FIELDS }, (_, f) => `f${f}`)
const WORD_COUNT = 50_000
const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu', 'na', 'pe', 'ri', 'so', 'tu', 'va']

/** The collection's schema: text, exact values, numbers, and lists of both. */
export const SCHEMA = {
  fields: {
    title: 'text',
    text: 'text',
    ...Object.fromEntries(SMALL_NAMES.map((name) => [name, 'text'])),
    kind: 'keyword',
    code: 'keyword',
    tags: 'keyword',
    numbers: 'integer',
    year: 'integer',
    price: 'float',
    at: 'date',
    draft: 'boolean',
  },
  default_fields: ['title', 'text'],
  dynamic: false,
} as const

/** The word with a given rank of frequency: first stop words, then invented words. */
export function wordOf(rank: number): string {
  const stopWord = ['the', 'of', 'and', 'to', 'in', 'is'][rank]
  if (stopWord !== undefined) return stopWord
  let word = ''
  for (let rest = rank; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) word += SYLLABLES[rest % SYLLABLES.length]
  return `${word}n`
}

/** An exact value. All values share a long beginning, so that patterns fail late. */
export function codeOf(document: number): string {
  return `${'a'.repeat(60)}${String(document).padStart(8, '0')}`
}

export function idOf(document: number): string {
  return `d${String(document).padStart(8, '0')}`
}

/** Writes documents as JSON Lines. The same count gives the same documents. */
export async function writeDocuments(file: string, count: number): Promise<void> {
  const random = seededRandom(7)
  const out = createWriteStream(file)
  const rank = () => Math.floor(WORD_COUNT ** random.number()) - 1
  const words = (wanted: number) => Array.from({ length: wanted }, () => wordOf(rank())).join(' ')
  for (let d = 0; d < count; d++) {
    const document = {
      id: idOf(d),
      title: words(4),
      text: d % 10 === 0 ? `${'the '.repeat(12)}${words(8)}` : words(16),
      ...(d % 20 === 0 ? Object.fromEntries(SMALL_NAMES.map((name) => [name, wordOf(rank())])) : {}),
      kind: `kind${d % 8}`,
      code: codeOf(d),
      tags: Array.from({ length: 3 }, () => `tag${Math.floor(2_000 * random.number())}`),
      numbers: Array.from({ length: 4 }, () => Math.floor(1_000 * random.number())),
      year: 1900 + Math.floor(124 * random.number()),
      price: Math.round(1e6 * random.number()) / 100,
      at: new Date(1e12 + Math.floor(1e11 * random.number())).toISOString(),
      draft: d % 3 === 0,
    }
    if (!out.write(`${JSON.stringify(document)}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}
