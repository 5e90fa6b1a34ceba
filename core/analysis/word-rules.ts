import { foldWord, type LowerCasing, lowerWord } from './fold-word.ts'
import type { Language } from './languages.ts'
import { loadStemmer, type Stemmer } from './load-stemmer.ts'
import { loadStopWords } from './load-stop-words.ts'

/** The result of analysing a word: the form that prefixes match, and the term that is indexed and scored. */
export type AnalyzedWord = { readonly form: string; readonly term: string; readonly stopWord: boolean }

/** The rules of one language for words. */
export type WordRules = {
  readonly language: Language
  readonly casing: LowerCasing
  /** Articles that fuse with the next word, as in `l'eau`; without the apostrophe. */
  readonly elisions: ReadonlySet<string>
  /** Whether the stemmer reads the form, because it ignores accents: `résumés` and `resumes` become one term. */
  readonly stemsForms: boolean
  /** Whether a final `'s` is removed. */
  readonly dropsPossessive: boolean
  readonly stemmer: Stemmer | undefined
  /** The stop words, as forms. */
  readonly stopWords: ReadonlySet<string>
}

/** Maximum UTF-16 units of a word that is stemmed: no natural word is longer, and stemmers are slow on noise. */
export const STEMMED_LENGTH_MAX = 64

/** Maximum UTF-8 bytes of forms and terms: folding and stemming may lengthen a word beyond its own 255. */
export const TERM_BYTES_MAX = 512

export async function loadWordRules(language: Language): Promise<WordRules> {
  const [stemmer, stopWords] = await Promise.all([loadStemmer(language), loadStopWords(language)])
  const casing = language === 'turkish' ? 'turkish' : 'general'
  return {
    language,
    casing,
    elisions: ELISIONS[language] ?? NO_ELISIONS,
    stemsForms: language === 'english' || language === 'indonesian',
    dropsPossessive: language === 'english',
    stemmer,
    stopWords: new Set(stopWords.filter(isNatural).map((word) => foldWord(lowerWord(word, casing)))),
  }
}

/**
 * The form and the term of a word. The form is lower-cased and folded. The term is the stem, folded after stemming,
 * because most stemmers distinguish accents (`für` from `fur`). So two words with the same form may have different
 * terms.
 */
export function analyzeWord(rules: WordRules, word: string): AnalyzedWord {
  const lowered = withoutElision(rules, lowerWord(word, rules.casing))
  const form = foldWord(lowered)
  const term = foldWord(stem(rules, rules.stemsForms ? form : lowered))
  return { form, term, stopWord: rules.stopWords.has(form) }
}

/**
 * Whether a word consists of ASCII digits and punctuation, with or without small letters. In every language
 * {@link analyzeWord} leaves such a word as it is, and it is not a stop word.
 */
export function isPlainCode(bytes: Uint8Array, start: number, end: number): boolean {
  let isCode = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 0x80 || byte === 0x27 || (byte >= 0x41 && byte <= 0x5a)) return false
    if (byte < 0x61) isCode = true
  }
  return isCode
}

/** The form of a word or of a part of a word. */
export function normalizeWord(rules: WordRules, word: string): string {
  return foldWord(withoutElision(rules, lowerWord(word, rules.casing)))
}

function stem({ dropsPossessive, stemmer }: WordRules, lowered: string): string {
  if (stemmer === undefined || lowered.length > STEMMED_LENGTH_MAX || !isNatural(lowered)) return lowered
  const owner = dropsPossessive && lowered.endsWith("'s") ? lowered.slice(0, -2) : lowered
  const stemmed = stemmer(owner)
  return stemmed === '' ? lowered : stemmed
}

/** False for codes, numbers and the names of files and hosts, whose endings are not those of words. */
function isNatural(word: string): boolean {
  return !/[0-9_.:,;]/.test(word)
}

function withoutElision({ elisions }: WordRules, lowered: string): string {
  if (elisions.size === 0) return lowered
  const apostrophe = lowered.indexOf("'")
  if (apostrophe <= 0 || apostrophe === lowered.length - 1) return lowered
  return elisions.has(lowered.slice(0, apostrophe)) ? lowered.slice(apostrophe + 1) : lowered
}

const NO_ELISIONS: ReadonlySet<string> = new Set()

const ELISIONS: Partial<Record<Language, ReadonlySet<string>>> = {
  french: new Set(['c', 'd', 'j', 'jusqu', 'l', 'lorsqu', 'm', 'n', 'puisqu', 'qu', 'quoiqu', 's', 't']),
  irish: new Set(['b', 'd', 'm']),
  italian: new Set(
    [
      'agl',
      'all',
      'c',
      'coll',
      'd',
      'dagl',
      'dall',
      'degl',
      'dell',
      'gl',
      'l',
      'm',
      'negl',
      'nell',
      'pell',
      's',
    ].concat(['sugl', 'sull', 't', 'un', 'v']),
  ),
}
