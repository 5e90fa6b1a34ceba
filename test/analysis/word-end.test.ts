import { expect, test } from 'vitest'
import { openAnalyzer } from '../../core/analysis/text-analyzer.ts'
import { type Tailoring, wordBreakTable, wordBreakValue } from '../../core/analysis/word-break-table.ts'
import { WordWalker } from '../../core/analysis/word-end.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { readSharedData } from './shared-data.ts'

const file = readSharedData('analysis/unicode/WordBreakTest.txt.gz')

/** Each case as the pieces between its expected breaks. */
const cases = (file ?? '')
  .split('\n')
  .map((line) => line.replace(/#.*/, '').trim())
  .filter((line) => line !== '')
  .map((line) => {
    const segments = line
      .split('÷')
      .map((segment) => segment.trim())
      .filter((segment) => segment !== '')
    return segments.map((segment) =>
      segment
        .split('×')
        .map((hex) => String.fromCodePoint(Number.parseInt(hex.trim(), 16)))
        .join(''),
    )
  })

test.skipIf(file === undefined)('all 1,823 cases of the official word break test of Unicode 15 pass', () => {
  const failures = cases.filter((segments) => !sameSegments('standard', segments))

  expect(cases).toHaveLength(1823)
  expect(failures).toEqual([])
})

test.skipIf(file === undefined)(
  'with the tailored table, only cases with kana differ, because kana join nothing',
  () => {
    const failures = cases
      .filter((segments) => !sameSegments('tailored', segments))
      .map((segments) => segments.join(''))

    expect(failures).toEqual(['〱〱', '〱\u0308〱', '〱_', '〱\u0308_', '_〱', '_\u0308〱', '〱〱', 'A_0_〱_'])
  },
)

test.skipIf(file === undefined)(
  'words are segments of the standard, except for kana and a joiner before an emoji',
  async () => {
    const analyzer = await openAnalyzer('none')

    const others = cases.filter((segments) => {
      const text = segments.join('')
      return analyzer.analyze(text).some(({ start, end }) => !segments.includes(text.slice(start, end)))
    })

    const kana = others.filter((segments) => segments.join('').includes('〱'))
    const joiner = others.filter((segments) => segments.some((segment) => segment.startsWith('\u200d')))
    expect([others.length, kana.length, joiner.length]).toEqual([9, 5, 4])
  },
)

test.each([
  ['a', 10],
  ['7', 16],
  ['\u0301', 4],
  ['א', 9],
  ['中', 19],
  ['カ', 19],
  ['한', 19],
  ['\u1161', 4],
  ['𠀀', 19],
  ['\u{e0100}', 4],
  ['\u{10fffd}', 0],
])('for Korean %j is of class %i', (char, expected) => {
  expect(wordBreakValue(wordBreakTable('tailoredWithHangul'), char.codePointAt(0)!)).toBe(expected)
})

function sameSegments(tailoring: Tailoring, expected: readonly string[]): boolean {
  return JSON.stringify(segment(tailoring, expected.join(''))) === JSON.stringify(expected)
}

function segment(tailoring: Tailoring, text: string): string[] {
  const bytes = encodeUtf8(text)
  const walker = new WordWalker(wordBreakTable(tailoring))
  const segments: string[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = walker.wordEnd(bytes, start, bytes.length)
    segments.push(Buffer.from(bytes.subarray(start, end)).toString())
    start = end
  }
  return segments
}
