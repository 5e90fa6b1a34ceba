import { hasBytesUpTo, hasLoneSurrogate } from '../utf8.ts'
import type { Field } from './field.ts'
import type { FieldKind } from './field-kind.ts'
import { INDEX_OPTIONS, oneOf } from './field-option.ts'
import { KeywordsBuilder } from './keywords-builder.ts'

/** Maximum bytes of a value in a keyword field; a longer value does not fit the field. */
export const KEYWORD_VALUE_BYTES_MAX = 4_096

/** Strings as whole values: identifiers, tags, codes. */
export const keyword: FieldKind = {
  type: 'keyword',
  options: { ...INDEX_OPTIONS, normalizer: oneOf('normalizer', ['none', 'lowercase']) },
  isIndexed: true,
  hasColumn: true,
  keywords: 'always',
  expected: `a string of at most ${KEYWORD_VALUE_BYTES_MAX} bytes`,
  convert: (field, value) => {
    const fits = typeof value === 'string' && hasBytesUpTo(KEYWORD_VALUE_BYTES_MAX, value)
    return fits ? normalizeKeyword(field, value) : undefined
  },
  words: 'whole',
  operand: 'a string',
  readOperand: readKeyword,
  describe: (stored) => (typeof stored === 'string' ? stored : undefined),
  build: ({ column }, { docCount }) => new KeywordsBuilder(docCount, column),
  merge: (merge) => merge.keywords(),
  async scrub(scrub) {
    await scrub.column('ordinals')
    await scrub.lane('keyword')
  },
}

/** A string in the form of the dictionary of exact values. */
export function readKeyword(field: Field, value: unknown): string | undefined {
  return typeof value === 'string' ? normalizeKeyword(field, value) : undefined
}

/**
 * The form of a string in the dictionary of exact values. Lone surrogates become U+FFFD, as they would in UTF-8.
 */
export function normalizeKeyword(field: Field, value: string): string {
  const text = hasLoneSurrogate(value) ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
  return field.normalizer === 'lowercase' ? text.toLowerCase() : text
}
