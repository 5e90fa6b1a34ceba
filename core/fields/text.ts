import { isLanguage, LANGUAGES } from '../analysis/languages.ts'
import { findNearestName } from '../nearest-name.ts'
import type { FieldKind } from './field-kind.ts'
import { type FieldOption, INDEX_OPTIONS, numberUpTo, oneOf } from './field-option.ts'
import { readKeyword } from './keyword.ts'
import { WordsBuilder } from './words-builder.ts'

const LANGUAGE: FieldOption = {
  property: 'language',
  defaultValue: 'english',
  read: (value) => (typeof value === 'string' && isLanguage(value) ? value : undefined),
  expected: (value) => {
    const nearest = typeof value === 'string' ? findNearestName(value, LANGUAGES) : undefined
    return nearest === undefined ? `one of ${LANGUAGES.join(', ')}` : `one that Prism knows, such as "${nearest}"`
  },
}

const K1_MAX = 1_000

/** Text that is analysed into words and scored by BM25. */
export const text: FieldKind = {
  type: 'text',
  options: {
    ...INDEX_OPTIONS,
    language: LANGUAGE,
    analyzer: { ...LANGUAGE, read: (value) => LANGUAGE.read(value === 'standard' ? 'none' : value) },
    stop_words: {
      ...oneOf('stopWords', ['query', 'index', 'none']),
      canChange: (from, to) => (from === 'index') === (to === 'index'),
    },
    // How fast the weight of repeated words saturates: at once if 0; usually 1.2 to 2.
    k1: { ...numberUpTo(K1_MAX, 'k1', 1.2), canChange: () => true },
    // How much the length of a text counts: from 0, not at all, to 1, fully.
    b: { ...numberUpTo(1, 'b', 0.75), canChange: () => true },
  },
  isIndexed: true,
  hasColumn: false,
  keywords: 'with a column',
  expected: 'a string',
  convert: (_field, value) => (typeof value === 'string' ? value : undefined),
  words: 'analysed',
  operand: 'a string',
  readOperand: readKeyword,
  describe: (stored) => (typeof stored === 'string' ? stored : undefined),
  build: (field, context) => new WordsBuilder(field, context),
  async *merge(merge) {
    const totals = yield* merge.words()
    yield* merge.keywords()
    return totals
  },
  async scrub(scrub) {
    await scrub.column('ordinals')
    for (const lane of ['text', 'keyword', 'form', 'prefix', 'whole'] as const) await scrub.lane(lane)
  },
}
