import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashBytes } from '../../core/analysis/hash-bytes.ts'
import { SCAN_PADDING, TOKEN_BYTES_MAX, WordScanner } from '../../core/analysis/scan-words.ts'
import { readSharedData } from './shared-data.ts'

/** Characters of every class that can touch an ASCII word, so short strings cover many rules. */
const PIECES = [
  ...[
    'a',
    'B',
    'I',
    '7',
    '_',
    '.',
    ',',
    ':',
    ';',
    "'",
    '"',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '-',
    '\0',
    'can',
    '3.14',
    'x'.repeat(130),
  ],
  ...[
    'é',
    'É',
    '\u0301',
    '\u200d',
    '\u00ad',
    '\u2019',
    '\u00b7',
    '\u066b',
    '٣',
    'я',
    'א',
    'ﬁ',
    'Ａ',
    '＿',
    '．',
    '\u037e',
  ],
  ...[
    '中',
    '日',
    'か',
    'カ',
    'ｶ',
    'ー',
    'ไ',
    'ท',
    'ี',
    '한',
    '👍',
    '🏽',
    '❤',
    '\ufe0f',
    '🇩',
    '🇪',
    '©',
    '–',
    '\u3000',
    '𝒜',
    '𠀀',
  ],
  ...['\ud83d', '\udc4d', '\ufffd', '\u2028', '\u0085'],
]

const anyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''))

test.each([
  ['tailored', false],
  ['tailored', true],
  ['tailoredWithHangul', false],
] as const)(
  'the byte table and the general rules find the same words (%s, Turkish I: %s)',
  (tailoring, keepsCapitalI) => {
    const scanner = new WordScanner(tailoring, { keepsCapitalI })

    fc.assert(
      fc.property(anyText, (text) => {
        expect(scan(scanner, text, 'scan')).toEqual(scan(scanner, text, 'scanByRules'))
      }),
      { numRuns: 3000 },
    )
  },
)

test('both ways of scanning find the same words in arbitrary Unicode text', () => {
  const scanner = new WordScanner('tailored', { keepsCapitalI: false })

  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      expect(scan(scanner, text, 'scan')).toEqual(scan(scanner, text, 'scanByRules'))
    }),
    { numRuns: 400 },
  )
})

const russian = readSharedData('ir/xquad/ru/corpus.jsonl.gz')
const english = readSharedData('ir/squad/corpus.jsonl.gz')

test.skipIf(russian === undefined)('both ways of scanning find the same words in real text', () => {
  const scanner = new WordScanner('tailored', { keepsCapitalI: false })

  for (const text of [russian!, english!.slice(0, 300_000)]) {
    const fast = scan(scanner, text, 'scan')
    expect(fast.length).toBeGreaterThan(20_000)
    expect(fast).toEqual(scan(scanner, text, 'scanByRules'))
  }
})

test('the hash of a word is the hash of its lower-cased bytes', () => {
  const scanner = new WordScanner('tailored', { keepsCapitalI: false })
  for (const text of ['Can', "CAN'T", 'École']) {
    const bytes = Buffer.from(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()))
    expect(scan(scanner, text, 'scan')[0]?.hash).toBe(hashBytes(bytes, 0, bytes.length))
  }
})

test('a word over the limit is cut at code points into pieces that together make up the word', () => {
  const scanner = new WordScanner('tailored', { keepsCapitalI: false })
  for (const text of ['x'.repeat(1000), 'é'.repeat(500), `a${'é'.repeat(500)}`, `1${'\u0301'.repeat(400)}`]) {
    const words = scan(scanner, text, 'scan')

    expect(words.map(({ word }) => word).join('')).toBe(text)
    expect(words.length).toBe(Math.ceil(Buffer.byteLength(text) / TOKEN_BYTES_MAX))
    for (const { word } of words) expect(Buffer.byteLength(word)).toBeLessThanOrEqual(TOKEN_BYTES_MAX)
  }
  expect(scan(scanner, 'x'.repeat(TOKEN_BYTES_MAX), 'scan')).toHaveLength(1)
  expect(scan(scanner, '_'.repeat(1000), 'scan')).toHaveLength(0)
})

type Word = { readonly start: number; readonly end: number; readonly hash: number; readonly word: string }

function scan(scanner: WordScanner, text: string, how: 'scan' | 'scanByRules'): Word[] {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.alloc(length + SCAN_PADDING)
  bytes.write(text)
  scanner[how](bytes, length)
  return Array.from({ length: scanner.count }, (_, i) => {
    const [start, end] = [scanner.starts[i]!, scanner.ends[i]!]
    return { start, end, hash: scanner.hashes[i]!, word: bytes.toString('utf8', start, end) }
  })
}
