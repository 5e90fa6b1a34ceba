import { describe, expect, test } from 'vitest'
import { foldWord } from '../../core/analysis/fold-word.ts'
import type { Language } from '../../core/analysis/languages.ts'
import { analyzeWord, loadWordRules } from '../../core/analysis/word-rules.ts'
import { readSharedData } from './shared-data.ts'

/**
 * The share of Snowball's own word → stem pairs that agree, in percent. The rest differ because the pairs are of
 * Snowball 3, which added rules for German and Swedish: see docs/analysis.md.
 */
const AGREEMENT: readonly (readonly [language: Language, percent: number])[] = [
  ['dutch', 99.9],
  ['english', 100],
  ['finnish', 100],
  ['french', 99.7],
  ['german', 96.4],
  ['italian', 99.99],
  ['portuguese', 100],
  ['russian', 100],
  ['spanish', 99.9],
  ['swedish', 98.1],
]

const available = readSharedData('analysis/snowball/english/voc.txt.gz') !== undefined

describe.skipIf(!available)('stems of Snowball', () => {
  test.each(AGREEMENT)('%s: at least %d percent of the stems agree with Snowball', async (language, percent) => {
    const rules = await loadWordRules(language)
    const words = readLines(language, 'voc')
    const stems = readLines(language, 'output')

    const wrong = words.filter((word, i) => analyzeWord(rules, word).term !== foldWord(stems[i]!))

    expect(words.length).toBeGreaterThan(20_000)
    expect((100 * (words.length - wrong.length)) / words.length).toBeGreaterThanOrEqual(percent)
  })
})

function readLines(language: string, file: 'voc' | 'output'): string[] {
  return readSharedData(`analysis/snowball/${language}/${file}.txt.gz`)!.trimEnd().split('\n')
}
