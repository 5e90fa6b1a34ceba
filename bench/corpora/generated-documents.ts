import { type SeededRandom, seededRandom } from '../../test/evaluation/seeded-random.ts'
import { readJsonLines } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from './bench-document.ts'

const SETS = ['cranfield', 'cisi', 'medline', 'npl_vaswani', 'scifact', 'squad']
const KINDS = ['article', 'report', 'note', 'letter', 'manual', 'thesis', 'patent', 'review', 'memo', 'slide']
const SYLLABLES =
  'ba be bo ca ce co da de do fa fe fi ga go ka ki ko la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se si so ta te ti to va ve vi vo za zo'.split(
    ' ',
  )
const SENTENCE_CHARS_MIN = 20
const SENTENCE_CHARS_MAX = 300
/** Codes and invented words per document that occur in no other document. 200,000 documents have over a million terms. */
const RARE_WORDS = 6
/** Several forms of the tail, so that no word of it is in every document. */
const TAILS: readonly ((...rare: [string, string, string, string, string, string, string]) => string)[] = [
  (part, hash, serial, name, lot, place, again) =>
    `Part ${part}, checksum ${hash}, serial ${serial}; seen by ${name} near ${place} (${again}), lot ${lot}.`,
  (part, hash, serial, name, lot, place, again) =>
    `${name} of ${place} shipped ${part} (${serial}) in box ${lot}, ${again}: ${hash}.`,
  (part, hash, serial, name, lot, place, again) =>
    `${again} ${part} ${hash}. Invoice ${serial} to ${name}, ${place}; order ${lot}.`,
  (part, hash, serial, name, lot, place, again) =>
    `Commit ${hash} by ${name} closes ticket ${serial} for ${part}/${lot}, project ${place} ${again}.`,
  (part, hash, serial, name, lot, place, again) => `[${part}] ${hash} ${lot} ${serial} ${place} ${name} ${again}`,
]
const SEED = 20_261_123

/**
 * Generates documents of about 500 bytes from real sentences, each with a tail of codes and
 * rare words such as part numbers, hashes and names. The first n documents do not depend on
 * `count`.
 */
export async function* generateDocuments(data: string, count: number): AsyncGenerator<BenchDocument> {
  const sentences = await readSentences(data)
  const random = seededRandom(SEED)
  for (let i = 0; i < count; i++) {
    const parts = Array.from({ length: 1 + random.below(3) }, () => random.pick(sentences))
    const text = `${parts.join(' ')} ${writeTail(random, i)}`
    yield {
      id: `d${`${i}`.padStart(8, '0')}`,
      text,
      kind: KINDS[random.zipf(KINDS.length)]!,
      year: 1950 + random.below(76),
    }
  }
}

async function readSentences(data: string): Promise<string[]> {
  const sentences: string[] = []
  for (const set of SETS) {
    for await (const line of readJsonLines<{ text: string }>(`${data}/ir/${set}/corpus.jsonl.gz`)) {
      for (const sentence of line.text.split(/(?<=[.!?])\s+/)) {
        if (sentence.length >= SENTENCE_CHARS_MIN) sentences.push(sentence.slice(0, SENTENCE_CHARS_MAX))
      }
    }
  }
  return sentences
}

function writeTail(random: SeededRandom, document: number): string {
  const rare = Array.from({ length: RARE_WORDS }, (_, i) => writeRareWord(random, document * RARE_WORDS + i))
  const [part, hash, serial, name, lot, place] = rare
  // Some invented words occur again, those of low rank more often: words between frequent and unique.
  const again = inventWord(random.zipf(50_000) * 7)
  return random.pick(TAILS)(part!, hash!, serial!, name!, lot!, place!, again)
}

/** Writes a different word for every `number`: codes in base 36 and hexadecimal, numbers, invented names. */
function writeRareWord(random: SeededRandom, number: number): string {
  // A multiplication by an odd constant permutes the numbers below 2^32.
  const scrambled = Math.imul(number + 1, 0x9e3779b1) >>> 0
  const shape = number % RARE_WORDS
  if (shape === 0) return `${random.pick(['kx', 'mr', 'zt', 'qa'])}${scrambled.toString(36).padStart(7, '0')}`
  if (shape === 1) return `${scrambled.toString(16).padStart(8, '0')}e${random.below(4096).toString(16)}`
  if (shape === 2) return `${scrambled}`
  if (shape === 3) return inventWord(scrambled)
  if (shape === 4) return `l${scrambled.toString(36)}`
  return `${inventWord(scrambled)}x`
}

function inventWord(number: number): string {
  let word = ''
  for (let rest = number; word === '' || rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
    word += SYLLABLES[rest % SYLLABLES.length]
  }
  return word
}
