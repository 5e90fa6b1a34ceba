import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'

/** Every language that a text field may declare; `none` only folds. The names are part of the HTTP contract. */
export const LANGUAGES = [
  'none',
  'arabic',
  'armenian',
  'bulgarian',
  'chinese',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hindi',
  'hungarian',
  'indonesian',
  'irish',
  'italian',
  'japanese',
  'korean',
  'lithuanian',
  'nepali',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'sanskrit',
  'serbian',
  'spanish',
  'swedish',
  'tamil',
  'thai',
  'turkish',
  'ukrainian',
] as const

export type Language = (typeof LANGUAGES)[number]

export function isLanguage(name: string): name is Language {
  return (LANGUAGES as readonly string[]).includes(name)
}

/** @throws {InvalidRequestError} `unknown_language`, listing the known languages */
export function parseLanguage(name: string): Language {
  if (isLanguage(name)) return name
  throw new InvalidRequestError(
    'unknown_language',
    `no language named ${quote(name)}, expected one of ${LANGUAGES.join(', ')}`,
    {
      details: { language: name, known: LANGUAGES },
    },
  )
}
