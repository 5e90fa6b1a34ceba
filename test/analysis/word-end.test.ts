import { expect, test } from 'vitest'
import { type Tailoring, wordBreakTable, wordBreakValue } from '../../core/analysis/word-break-table.ts'
import { WordWalker } from '../../core/analysis/word-end.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { readSharedData } from './shared-data.ts'

const file = readSharedData('analysis/unicode/WordBreakTest.txt.gz')

/** Each case as the pieces between the breaks it wants. */
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

test.skipIf(file === undefined)('tailored, only cases with kana differ: they are cut into bigrams', () => {
  const failures = cases.filter((segments) => !sameSegments('tailored', segments)).map((segments) => segments.join(''))

  expect(failures.filter((text) => !/[\u30a1-\u30fa\u3031]/.test(text))).toEqual([])
  expect(failures).toHaveLength(8)
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
