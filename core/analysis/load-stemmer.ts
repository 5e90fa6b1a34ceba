import { stemEnglish } from './english-stemmer.ts'
import type { Language } from './languages.ts'

/** Reduces a lower-case word with accents to its stem. */
export type Stemmer = (word: string) => string

/**
 * Loads the stemmer of one language only; undefined if the language has none. The English and Dutch ones are our own.
 */
export async function loadStemmer(language: Language): Promise<Stemmer | undefined> {
  return (await STEMMERS[language]?.())?.stemmer
}

// Every specifier is a literal, so bundlers find it.
const STEMMERS: Partial<Record<Language, () => Promise<{ stemmer: Stemmer }>>> = {
  arabic: () => import('@orama/stemmers/arabic'),
  armenian: () => import('@orama/stemmers/armenian'),
  bulgarian: async () => ({ stemmer: keepOnTypeError((await import('@orama/stemmers/bulgarian')).stemmer) }),
  danish: () => import('@orama/stemmers/danish'),
  dutch: async () => ({ stemmer: (await import('./dutch-stemmer.ts')).stemDutch }),
  english: async () => ({ stemmer: stemEnglish }),
  finnish: () => import('@orama/stemmers/finnish'),
  french: () => import('@orama/stemmers/french'),
  german: () => import('@orama/stemmers/german'),
  greek: () => import('@orama/stemmers/greek'),
  hindi: () => import('@orama/stemmers/indian'),
  hungarian: () => import('@orama/stemmers/hungarian'),
  indonesian: () => import('@orama/stemmers/indonesian'),
  irish: () => import('@orama/stemmers/irish'),
  italian: () => import('@orama/stemmers/italian'),
  lithuanian: () => import('@orama/stemmers/lithuanian'),
  nepali: () => import('@orama/stemmers/nepali'),
  norwegian: () => import('@orama/stemmers/norwegian'),
  portuguese: () => import('@orama/stemmers/portuguese'),
  romanian: () => import('@orama/stemmers/romanian'),
  russian: () => import('@orama/stemmers/russian'),
  sanskrit: () => import('@orama/stemmers/sanskrit'),
  serbian: () => import('@orama/stemmers/serbian'),
  spanish: () => import('@orama/stemmers/spanish'),
  swedish: () => import('@orama/stemmers/swedish'),
  tamil: () => import('@orama/stemmers/tamil'),
  turkish: () => import('@orama/stemmers/turkish'),
  ukrainian: () => import('@orama/stemmers/ukrainian'),
}

/**
 * Keeps a word whole if its stemmer throws a TypeError. The package's Bulgarian stemmer assigns to a letter of a string
 * where it means to drop a vowel (мисъл).
 */
function keepOnTypeError(stemmer: Stemmer): Stemmer {
  return (word) => {
    try {
      return stemmer(word)
    } catch (error) {
      if (error instanceof TypeError) return word
      throw error
    }
  }
}
