import type { Language } from './languages.ts'

/** Loads the stop words of one language only, in lower case; empty if the language has no list. */
export async function loadStopWords(language: Language): Promise<readonly string[]> {
  return (await STOP_WORDS[language]?.())?.stopwords ?? []
}

/**
 * The 33 stop words of Lucene and Elasticsearch. The package's list has 180, including words that people search for
 * (who, own, before, more). docs/analysis.md compares the effect of both lists on ranking.
 */
const ENGLISH_STOP_WORDS = [
  ...['a', 'an', 'and', 'are', 'as', 'at', 'be', 'but', 'by', 'for', 'if', 'in', 'into', 'is', 'it', 'no', 'not', 'of'],
  ...[
    'on',
    'or',
    'such',
    'that',
    'the',
    'their',
    'then',
    'there',
    'these',
    'they',
    'this',
    'to',
    'was',
    'will',
    'with',
  ],
]

// Every specifier is a literal, so bundlers find it. (The package's Slovenian list is the Russian one.)
const STOP_WORDS: Partial<Record<Language, () => Promise<{ readonly stopwords: readonly string[] }>>> = {
  arabic: () => import('@orama/stopwords/arabic'),
  armenian: () => import('@orama/stopwords/armenian'),
  bulgarian: () => import('@orama/stopwords/bulgarian'),
  chinese: () => import('@orama/stopwords/mandarin'),
  danish: () => import('@orama/stopwords/danish'),
  dutch: () => import('@orama/stopwords/dutch'),
  english: async () => ({ stopwords: ENGLISH_STOP_WORDS }),
  finnish: () => import('@orama/stopwords/finnish'),
  french: () => import('@orama/stopwords/french'),
  german: () => import('@orama/stopwords/german'),
  greek: () => import('@orama/stopwords/greek'),
  hindi: () => import('@orama/stopwords/indian'),
  hungarian: () => import('@orama/stopwords/hungarian'),
  indonesian: () => import('@orama/stopwords/indonesian'),
  irish: () => import('@orama/stopwords/irish'),
  italian: () => import('@orama/stopwords/italian'),
  japanese: () => import('@orama/stopwords/japanese'),
  lithuanian: () => import('@orama/stopwords/lithuanian'),
  nepali: () => import('@orama/stopwords/nepali'),
  norwegian: () => import('@orama/stopwords/norwegian'),
  portuguese: () => import('@orama/stopwords/portuguese'),
  romanian: () => import('@orama/stopwords/romanian'),
  russian: () => import('@orama/stopwords/russian'),
  sanskrit: () => import('@orama/stopwords/sanskrit'),
  serbian: () => import('@orama/stopwords/serbian'),
  spanish: () => import('@orama/stopwords/spanish'),
  swedish: () => import('@orama/stopwords/swedish'),
  tamil: () => import('@orama/stopwords/tamil'),
  turkish: () => import('@orama/stopwords/turkish'),
  ukrainian: () => import('@orama/stopwords/ukrainian'),
}
